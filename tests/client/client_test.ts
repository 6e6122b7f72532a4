/** The client against real servers. */

import { jwt } from "@hawser/ws";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { HawserClient } from "../../client/client.ts";
import { connect } from "../../client/connect.ts";
import { systemClock } from "../../wire/clock.ts";
import { ClientError } from "../../client/errors.ts";
import type { Fetch } from "../../client/transports/http.ts";
import type { ClientOptions } from "../../client/options.ts";
import type { Gap } from "../../client/rooms/rooms.ts";
import type { TransportName } from "../../client/transports/transport.ts";
import { MemoryHistory } from "../../server/app/streams/memory_history.ts";
import { type AppClientEvents, type AppServerEvents, ClientServer } from "../support/client_app.ts";
import { EchoServer } from "../support/echo.ts";
import { SilentBox } from "../support/silent_box.ts";
import { secret, tokenOf } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

type TestedClient = HawserClient<AppServerEvents, AppClientEvents>;

/** Comes back at once, and again and again. */
const quick: ClientOptions = { minDelay: 1, maxDelay: 20 };

function open(server: { readonly url: string }, options: ClientOptions = {}): TestedClient {
  return connect<AppServerEvents, AppClientEvents>(server.url, { ...quick, ...options });
}

/** The messages that a client receives in rooms. */
function record(client: TestedClient): { said: string[]; gaps: Gap[] } {
  const said: string[] = [];
  const gaps: Gap[] = [];
  client.on("said", ({ text }) => said.push(text));
  client.onGap((gap) => gaps.push(gap));
  return { said, gaps };
}

for (const transport of ["websocket", "sse", "poll"] satisfies TransportName[]) {
  const options: ClientOptions = { transports: [transport] };

  Deno.test(`HawserClient sends and hears events by ${transport}`, async () => {
    await using server = new ClientServer();
    await using client = open(server, options);
    const { said } = record(client);
    await client.join("deck");
    client.emit("say", { roomId: "deck", text: "a" });
    assertEquals(await client.emitWithAck("echo", [1]), [1]);
    assertEquals(await client.emitWithAck("echo"), undefined);
    await waitFor(() => said.length === 1);
    assertEquals([said, client.position("deck")?.seq, client.rooms], [["a"], 1, ["deck"]]);
  });

  Deno.test(`HawserClient answers the server by ${transport}`, async () => {
    await using server = new ClientServer();
    await using client = open(server, options);
    client.on("question", (data) => Promise.resolve({ answer: data }));
    assertEquals(await client.emitWithAck("confirm", 42), { answer: 42 });
  });

  Deno.test(`HawserClient catches up by ${transport} after a loss`, async () => {
    await using server = new ClientServer();
    await using client = open(server, options);
    const { said, gaps } = record(client);
    await client.join("deck");
    const expected: string[] = [];
    for (let round = 0; round < 3; round++) {
      const texts = [`${round} a`, `${round} b`];
      expected.push(...texts);
      server.cut();
      await server.say("deck", ...texts);
      await waitFor(() => said.length === expected.length);
    }
    assertEquals([said, gaps], [expected, []]);
  });

  Deno.test(`HawserClient signs in by ${transport}, and renews its token in place`, async () => {
    const auth = jwt<{ sub: string }>({ secret, user: ({ sub = "" }) => ({ sub }) });
    await using server = new ClientServer({ auth: { verify: auth, mode: "message" } });
    let count = 0;
    await using client = open(server, { ...options, token: () => tokenOf("ada", { n: ++count }) });
    let accepted = 0;
    client.on("auth_ok", () => accepted++);
    await client.ready();
    await client.renew();
    await waitFor(() => accepted === 2);
    assertEquals([count, client.state, server.app.size], [2, "open", 1]);
  });
}

Deno.test("HawserClient presents its token as it is told to", async () => {
  const auth = jwt<{ sub: string }>({ secret, user: ({ sub = "" }) => ({ sub }) });
  await using server = new ClientServer({ auth: { verify: auth, mode: "before" } });
  const factories: ClientOptions[] = [
    { tokenBy: "query" },
    { tokenBy: "subprotocol" },
    { tokenBy: "query", transports: ["sse"] },
    { tokenBy: "subprotocol", transports: ["poll"] },
  ];
  for (const way of factories) {
    await using client = open(server, { token: tokenOf("ada"), ...way });
    const user = new Promise((resolve) => client.on("auth_ok", ({ user }) => resolve(user?.sub)));
    assertEquals(await user, "ada");
  }
});

Deno.test("HawserClient stays away where it is refused", async () => {
  const auth = jwt<{ sub: string }>({ secret, user: ({ sub = "" }) => ({ sub }) });
  await using server = new ClientServer({ auth: { verify: auth } });
  await using client = open(server, { token: "forged" });
  const error = await assertRejects(() => client.ready(), ClientError, "Authentication failed");
  assertEquals([error.code, client.state], ["CLOSED", "closed"]);
  await using polling = open(server, { token: "forged", tokenBy: "query", transports: ["poll"] });
  await assertRejects(() => polling.ready(), ClientError, "4401 Invalid token");
});

Deno.test("HawserClient goes on where a server with the same history has restarted", async () => {
  const history = new MemoryHistory();
  const first = new ClientServer({ rooms: { history } });
  const { port } = first;
  await using client = open(first);
  const { said, gaps } = record(client);
  await client.join("deck");
  await first.say("deck", "before");
  await waitFor(() => said.length === 1);
  await first[Symbol.asyncDispose]();
  await using second = new ClientServer({ rooms: { history } }, port);
  await second.say("deck", "meanwhile");
  const answer = client.emitWithAck("echo", "written meanwhile");
  assertEquals(await answer, "written meanwhile");
  await waitFor(() => said.length === 2);
  assertEquals([said, gaps], [["before", "meanwhile"], []]);
});

Deno.test("HawserClient tells of a gap where a server has forgotten", async () => {
  await using server = new ClientServer({ rooms: { history: { size: 2 } } });
  await using client = open(server);
  const { said, gaps } = record(client);
  await client.join("deck");
  server.cut();
  await server.say("deck", "a", "b", "c");
  await waitFor(() => gaps.length === 1);
  await server.say("deck", "d");
  await waitFor(() => said.length === 1);
  assertEquals([said, gaps.map(({ since }) => since?.seq)], [["d"], [0]]);
});

Deno.test("HawserClient sends what has waited as fast as the server allows, and no faster", async () => {
  await using server = new ClientServer({ rateLimit: { perSecond: 100, burst: 40 } });
  await using client = open(server);
  await client.ready();
  for (let n = 0; n < 30; n++) await client.emitWithAck("echo", n);
  server.cut();
  await waitFor(() => client.state !== "open");
  const asked = Array.from(Array(90).keys(), (n) => client.emitWithAck("echo", n));
  assertEquals(await Promise.all(asked), Array.from(Array(90).keys()));
});

Deno.test("HawserClient comes back where it was closed for sending too fast", async () => {
  await using server = new ClientServer({ rateLimit: { perSecond: 100, burst: 1 } });
  await using client = open(server, { maxDelay: 100 });
  const closes: unknown[] = [];
  client.onState(({ close }) => close && closes.push([close.code, close.reason]));
  await client.ready();
  for (let n = 0; n < 100 && closes.length === 0; n++) client.emit("echo");
  await waitFor(() => closes.length > 0);
  assertEquals(closes, [[1008, "Rate limit exceeded"]]);
  await client.ready();
  assertEquals(await client.emitWithAck("echo", 1), 1);
});

Deno.test("HawserClient falls back to an event stream where WebSocket is blocked", async () => {
  await using server = new ClientServer();
  const Blocked = class extends WebSocket {
    constructor() {
      super("ws://127.0.0.1:1/");
    }
  };
  await using client = open(server, { WebSocket: Blocked, fallbackAfter: 2 });
  const transports: unknown[] = [];
  client.onState(({ state, transport }) => state === "open" && transports.push(transport));
  assertEquals(client.transport, undefined);
  assertEquals(await client.emitWithAck("echo", 1), 1);
  assertEquals([transports, client.transport], [["sse"], "sse"]);
});

/** A minute takes half a second; only a connection has as long as usual. */
const hurried: ClientOptions = {
  clock: {
    now: () => 120 * systemClock.now(),
    after: (delay, run) => systemClock.after(delay / 120, run),
  },
  connectTimeout: 120_000,
  minDelay: 1_000,
  maxDelay: 30_000,
};

Deno.test("HawserClient goes back to WebSocket after it was started without a server", async () => {
  const first = new ClientServer();
  const { port, url } = first;
  await first[Symbol.asyncDispose]();
  let attempts = 0;
  const fetch: Fetch = (address, init) => (attempts++, globalThis.fetch(address, init));
  await using client = open({ url }, { fetch, ...hurried });
  const transports: unknown[] = [];
  client.onState(({ state, transport }) => state === "open" && transports.push(transport));
  // It has given WebSocket up for the time being.
  await waitFor(() => attempts > 0);
  await using server = new ClientServer({}, port);
  const { said } = record(client);
  await client.join("deck");
  await waitFor(() => transports.at(-1) === "websocket");
  await server.say("deck", "found");
  await waitFor(() => said.length === 1);
});

Deno.test("HawserClient takes no box for a server that lets the 101 through, and goes back", async () => {
  await using server = new ClientServer();
  await using box = new SilentBox(server.port);
  await using client = open(box, hurried);
  const opened: unknown[] = [];
  client.onState(({ state, transport }) => {
    if (state === "open") opened.push(`${transport} after ${box.swallowed}`);
  });
  assertEquals(await client.emitWithAck("echo", 1, { timeout: 600_000 }), 1);
  assertEquals(opened, ["sse after 2"]);
  box.isSilent = false;
  await waitFor(() => opened.length === 2);
  assertMatch(String(opened[1]), /^websocket/);
  assertEquals(await client.emitWithAck("echo", 2, { timeout: 600_000 }), 2);
});

Deno.test("HawserClient goes on by WebSocket where the server has nothing else", async () => {
  await using server = new ClientServer({ fallback: false });
  let attempts = 0;
  const WebSocket = class extends globalThis.WebSocket {
    constructor(url: string, protocols: string[]) {
      super(++attempts === 1 ? url.replace("/ws", "/not-yet") : url, protocols);
    }
  };
  await using client = open(server, { WebSocket, fallbackAfter: 1 });
  await client.ready();
  assertEquals(attempts, 2);
});

Deno.test("HawserClient knows its state, and tells of each change", async () => {
  await using server = new ClientServer();
  const client = open(server);
  const states: string[] = [client.state];
  client.onState(({ state }) => states.push(state));
  await client.ready();
  await client.ready();
  await waitFor(() => client.id !== undefined);
  server.cut();
  await waitFor(() => states.includes("reconnecting"));
  await client.ready();
  await client.close(4000, "enough");
  assertEquals(states, [
    "connecting",
    "open",
    "reconnecting", // after a time
    "reconnecting", // now
    "open",
    "closed",
  ]);
  await assertRejects(() => Promise.race([client.emitWithAck("echo")]), ClientError, "closed");
});

Deno.test("HawserClient.connect() brings a closed client back to its rooms", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  const { said } = record(client);
  await client.join("deck");
  await client.close();
  client.connect();
  await client.ready();
  await waitFor(() => server.joins.length === 2);
  await server.say("deck", "again");
  await waitFor(() => said.length === 1);
});

Deno.test("HawserClient.on(), once() and off() add and remove handlers", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  const heard: string[] = [];
  const always = ({ text }: { text: string }) => heard.push(`always ${text}`);
  client.on("said", always).once("said", ({ text }) => heard.push(`once ${text}`));
  await client.join("deck");
  await server.say("deck", "a", "b");
  await waitFor(() => heard.length === 3);
  client.off("said", always);
  await server.say("deck", "c");
  await client.emitWithAck("echo");
  assertEquals(heard, ["always a", "once a", "always b"]);
});

Deno.test("HawserClient.send() carries text and bytes to any server", async () => {
  await using echo = new EchoServer();
  await using client = connect(echo.url(), { ...quick, idleTimeout: 0 });
  const heard: unknown[] = [];
  client.onMessage((data) => heard.push(data));
  client.send("text");
  client.send(Uint8Array.of(1, 2));
  await waitFor(() => heard.length === 2);
  assertEquals(heard, ["text", Uint8Array.of(1, 2).buffer]);
  assertEquals(client.bufferedAmount, 0);
});

Deno.test("HawserClient checks its address and options at once", () => {
  assertThrows(() => new HawserClient("ftp://a.test"), TypeError, "Cannot connect");
  assertThrows(() => new HawserClient("ws://a.test", { maxQueue: -1 }), RangeError, "maxQueue");
});

Deno.test("HawserClient.join() is refused a room that is closed", async () => {
  await using server = new ClientServer();
  server.closedRooms.add("cabin");
  await using client = open(server);
  await assertRejects(() => client.join("cabin"), ClientError, "Room is closed");
  client.leave("cabin");
  assertEquals(client.rooms, []);
});
