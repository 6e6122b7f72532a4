/** Hostile servers: the client's attempts, memory and work stay bounded. */

import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { connect } from "../../client/connect.ts";
import { EventParser } from "../../client/transports/event_stream.ts";
import type { Fetch } from "../../client/transports/http.ts";
import { parseServerMessage } from "../../wire/server_message.ts";
import type { ClientOptions } from "../../client/options.ts";
import { pollTransport } from "../../client/transports/poll.ts";
import { sseTransport } from "../../client/transports/sse.ts";
import { ManualClock } from "../support/clients.ts";
import { FakeClient } from "../support/fake_client.ts";
import type { FakeWebSocket } from "../support/fake_web_socket.ts";
import { httpOptions, Probe, targetOf } from "../support/transport_contract.ts";
import { timeRatio } from "../support/time_ratio.ts";
import { waitFor } from "../support/wait.ts";

const target = targetOf({ url: "ws://server.test/ws" });

/** A kilobyte of `text`, again and again; `taken` counts the bytes. */
function endless(text: string): { body: ReadableStream<Uint8Array>; taken: () => number } {
  const chunk = new TextEncoder().encode(text.repeat(Math.ceil(1_000 / text.length)));
  let taken = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // As on a network, others have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      controller.enqueue(chunk);
      taken += chunk.length;
    },
  }, { highWaterMark: 0 });
  return { body, taken: () => taken };
}

/** A response with an event stream that begins with a welcome. */
function streamOf(...texts: string[]): Response {
  const welcome = 'data: {"type":"welcome","id":"1","session":"s"}\n\n';
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const text of [welcome, ...texts]) controller.enqueue(encoder.encode(text));
      },
    }),
  );
}

/** Lets time pass in small steps, with turns of the event loop in between. */
async function passSlowly(clock: ManualClock, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 20; step++) {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    clock.pass(50);
  }
}

// ----- Redirects -----

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`hostile 152: a redirect by ${status} takes nothing to another server`, async () => {
    const stolen: string[] = [];
    const settings = { port: 0, hostname: "127.0.0.1", onListen() {} };
    await using thief = Deno.serve(settings, (request) => {
      stolen.push(`${request.method} ${request.url}`);
      return new Response("{}", { headers: { "access-control-allow-origin": "*" } });
    });
    const location = `http://127.0.0.1:${thief.addr.port}/`;
    let asked = 0;
    await using server = Deno.serve(settings, ({ url }) => {
      asked++;
      if (url.includes("/sse-open")) return streamOf();
      return new Response(null, { status, headers: { location } });
    });
    const url = `ws://127.0.0.1:${server.addr.port}/ws`;
    const factories: ClientOptions[] = [
      { transports: ["sse"], tokenBy: "query" },
      { transports: ["poll"], tokenBy: "query" },
      { transports: ["sse"], paths: { sse: "/sse-open" }, tokenBy: "message" },
    ];
    for (const way of factories) {
      asked = 0;
      await using client = connect(url, { token: "s3cr3t", minDelay: 60_000, ...way });
      client.emit("secret");
      const change = new Promise((resolve) => client.onState(resolve));
      await change;
      assert(asked > 0);
    }
    assertEquals(stolen, []);
  });
}

// ----- Loops -----

/** Answers each join as a test says, for a minute; returns how many there were. */
async function countJoins(answer: (socket: FakeWebSocket) => void): Promise<number> {
  using fake = new FakeClient({ idleTimeout: 0, random: () => 0.5 });
  const socket = await fake.open(1);
  fake.client.join("deck");
  let count = 0;
  for (let step = 0; step < 6_000; step++) {
    for (let joins = socket.take(); joins.length > 0 && count < 10_000; joins = socket.take()) {
      for (const { type } of joins) {
        if (type !== "room:join") continue;
        count++;
        answer(socket);
      }
      await Promise.resolve();
    }
    fake.clock.pass(10);
    await Promise.resolve();
  }
  return count;
}

Deno.test("hostile 152: no retryAfter makes a client ask without end", async () => {
  for (const retryAfter of [1e10, 1e300, 0, -1e10, 1e-9, "soon", null]) {
    const count = await countJoins((socket) => {
      const error = { code: "RATE_LIMITED", message: "Slow down", retryAfter, roomId: "deck" };
      socket.receive({ type: "error", event: "room:join", ...error });
    });
    assertLessOrEqual(count, 8, `${retryAfter}`);
  }
});

Deno.test("hostile 152: a gap after each join does not make a client ask without end", async () => {
  const count = await countJoins((socket) => {
    socket.receive({ type: "room:joined", roomId: "deck", seq: 7, epoch: "e", recovered: true });
    socket.receive({ type: "said", stream: "deck", seq: 9 });
  });
  assertLessOrEqual(count, 8);
});

Deno.test("hostile 200: polls that are answered at once are made at a bounded rate", async () => {
  const kinds: [answer: string, most: number][] = [
    ['{"session":"s","messages":[]}', 5 + 10],
    ['{"session":"s","messages":[{"type":"news"}]}', 40 + 200],
  ];
  for (const [answer, most] of kinds) {
    const clock = new ManualClock();
    let count = 0;
    const fetch: Fetch = () => (count++, Promise.resolve(new Response(answer)));
    await using _probe = new Probe(pollTransport({ ...httpOptions, clock, fetch }), target);
    await passSlowly(clock, 10);
    assertLessOrEqual(count, most + 2);
    assertLess(most / 2, count);
  }
});

// ----- Memory and work -----

Deno.test("hostile 152: an event without end ends the connection at maxMessageSize", async () => {
  for (const text of ["x", `:${"x".repeat(999)}`, "data:\n", "data", "\r"]) {
    const { body, taken } = endless(text);
    const fetch: Fetch = () => Promise.resolve(new Response(body));
    const open = sseTransport({ ...httpOptions, fetch, maxMessageSize: 100_000 });
    const probe = new Probe(open, target);
    // Ends of lines alone are no event, however many there are: they are read, and forgotten.
    if (text === "\r") {
      await waitFor(() => probe.alive > 200);
      await probe.transport.close();
      assertEquals(probe.closes, []);
      continue;
    }
    await waitFor(() => probe.closes.length === 1);
    assertEquals(probe.closes[0]?.code, 1009);
    assertLess(taken(), 200_000);
  }
});

Deno.test("hostile 152: an event in many pieces costs no more than its length", () => {
  const parse = (size: number) => {
    const parser = new EventParser(Infinity);
    for (let at = 0; at < size; at += 64) for (const _ of parser.push("x".repeat(64))) return;
  };
  // 16 times as much: in proportion 16, quadratic 256.
  assertLess(timeRatio(() => parse(4_194_304), () => parse(262_144), 80), 80);
});

Deno.test("hostile 201: a response without end ends the connection at maxMessageSize", async () => {
  const settings = { ...httpOptions, maxMessageSize: 100_000 };
  const { body, taken } = endless("x");
  const fetch: Fetch = () => Promise.resolve(new Response(body));
  const polling = new Probe(pollTransport({ ...settings, fetch }), target);
  await waitFor(() => polling.closes.length === 1);
  assertEquals([polling.closes[0]?.code, taken() < 110_000], [1009, true]);

  const posted = endless("x");
  const answers = [streamOf(), new Response(posted.body)];
  const streaming = new Probe(
    sseTransport({ ...settings, fetch: () => Promise.resolve(answers.shift()!) }),
    target,
  );
  await waitFor(() => streaming.opened === 1);
  streaming.transport.send("{}");
  await waitFor(() => streaming.closes.length === 1);
  assertEquals([streaming.closes[0]?.code, posted.taken() < 110_000], [1009, true]);
});

Deno.test("hostile 201: a message over maxMessageSize ends a WebSocket connection", async () => {
  using fake = new FakeClient({ maxMessageSize: 1_000 });
  const heard: unknown[] = [];
  fake.client.onMessage((data) => heard.push(data));
  const socket = await fake.open(1);
  socket.receive("x".repeat(1_000));
  socket.receive(new ArrayBuffer(1_000));
  assertEquals([heard.length, fake.client.state], [2, "open"]);
  socket.receive(new ArrayBuffer(1_001));
  assertEquals([heard.length, fake.changes.at(-1)?.close?.code], [2, 1009]);
});

Deno.test("hostile 202: requests without end run no more than a thousand handlers", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  let count = 0;
  const patience = Promise.withResolvers<number>();
  fake.client.on("ask", () => (count++, patience.promise));
  for (let n = 0; n < 1_500; n++) socket.receive({ id: `${n}`, event: "ask", data: null });
  assertEquals([count, socket.sent.length, socket.sent[0].error.code], [
    1_000,
    500,
    "RATE_LIMITED",
  ]);
  patience.resolve(1);
  await waitFor(() => socket.sent.length === 1_500);
  socket.receive({ id: "more", event: "ask", data: null });
  assertEquals(count, 1_001);
});

Deno.test("hostile 202: a server that asks and reads no answer is left", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  socket.bufferedAmount = 1e9;
  for (let n = 0; n < 30_000; n++) socket.receive({ id: `${n}`, event: "nobody", data: null });
  await waitFor(() => fake.client.state !== "open");
  assertEquals(fake.changes.at(-1)?.close?.reason, "Server asks, and does not read the answers");
  assertLess(socket.sent.length, 20_000);
});

Deno.test("hostile 202: requests without end are answered by few posts, in order", async () => {
  const clock = new ManualClock();
  const ask = (n: number) => `data: {"id":"${n}","event":"nobody"}\n\n`;
  const posts: string[] = [];
  const fetch: Fetch = (url, { body }) => {
    if (url.pathname === "/sse") {
      return Promise.resolve(streamOf(Array.from(Array(2_000).keys(), ask).join("")));
    }
    posts.push(String(body));
    return Promise.resolve(new Response('{"messages":[{"id":"again","event":"nobody"}]}'));
  };
  using fake = new FakeClient({ transports: ["sse"], fetch, clock, idleTimeout: 0 });
  await waitFor(() => posts.length > 0);
  await passSlowly(clock, 10);
  void fake;
  const ids = posts.flatMap((body) => [JSON.parse(body)].flat()).map(({ ack }) => ack);
  const asked = ids.filter((id) => id !== "again");
  assertEquals(asked, Array.from(Array(2_000).keys(), String));
  assertLessOrEqual(posts.length, 40 + 200 + 1);
});

Deno.test("hostile 203: `__proto__`, however it is spelled, is refused at the cost of a parse", () => {
  const spelled = [
    "__proto__",
    "\\u005f_proto__",
    "__\\u0070ROTO__".replace("ROTO", "roto"),
    "_\\u005Fprot\\u006f__",
  ];
  for (const key of spelled) {
    const text = `{"type":"x","a":[{"${key}":{"admin":true},"b":1}],"${key}":{"admin":true}}`;
    assertEquals(parseServerMessage(text).kind, "malformed");
  }
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  assertEquals(parseServerMessage(`{"type":"x","\\u005f":${deep}}`).kind, "event");
  const ones = `{"type":"x","data":[${Array(200_000).fill('{"a":1}').join(",")}],"\\u005f":1}`;
  assertLess(timeRatio(() => parseServerMessage(ones), () => JSON.parse(ones), 3), 3);
});

Deno.test("hostile 203: other escapes cost nothing", () => {
  const ones = (key: string) =>
    `{"type":"x","data":[${Array(500_000).fill(1).join(",")}],"${key}":1}`;
  const [plain, escaped] = [ones("A"), ones("\\u0041")];
  assertLess(timeRatio(() => parseServerMessage(escaped), () => parseServerMessage(plain), 3), 3);
});

// ----- What cannot be -----

Deno.test("hostile 209: sessions and closes that cannot be are taken for none", async () => {
  const long = "x".repeat(2_000);
  const answers = [
    `{"session":"${long}","messages":[]}`,
    '{"session":1,"messages":[]}',
    "null",
    '{"session":"s","messages":{"length":1e9},"close":{"code":4401.5,"reason":7}}',
    `{"session":"s","close":{"code":1e400,"reason":"${long}"}}`,
  ];
  for (const answer of answers) {
    const fetch: Fetch = () => Promise.resolve(new Response(answer));
    const probe = new Probe(pollTransport({ ...httpOptions, fetch }), target);
    await waitFor(() => probe.closes.length === 1);
    const [{ code, reason, wasClean } = { code: 0, reason: "", wasClean: true }] = probe.closes;
    assertEquals([code, reason.length <= 123, wasClean], [1006, true, false]);
  }
});
