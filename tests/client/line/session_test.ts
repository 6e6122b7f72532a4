/** Sessions over a network and a clock that the test controls. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { connect } from "../../../client/connect.ts";
import { ClientError, ServerError } from "../../../client/errors.ts";
import type { ClientOptions } from "../../../client/options.ts";
import { ManualClock } from "../../support/clients.ts";
import { FakeClient } from "../../support/fake_client.ts";
import { type FakeWebSocket, fakeWebSockets } from "../../support/fake_web_socket.ts";
import { toError } from "../../support/server_error.ts";
import { waitFor } from "../../support/wait.ts";

/** A client in a room, whose stream is at 7. */
async function enter(
  options?: ClientOptions,
): Promise<{ fake: FakeClient; socket: FakeWebSocket }> {
  const fake = new FakeClient(options);
  const socket = await fake.open(1);
  fake.client.join("deck");
  await letIn(socket, { seq: 7 });
  return { fake, socket };
}

/** Lets a client into the room that it has asked for. */
async function letIn(
  socket: FakeWebSocket,
  { seq, recovered = false }: { seq: number; recovered?: boolean },
): Promise<void> {
  await Promise.resolve();
  const [{ type, roomId }] = socket.take();
  assertEquals(type, "room:join");
  socket.receive({ type: "room:joined", roomId, seq, epoch: "e", recovered });
}

/** Ends a connection, and opens the next one. */
async function reconnect(fake: FakeClient): Promise<FakeWebSocket> {
  const count = fake.sockets.length;
  fake.sockets.at(-1)?.end();
  fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  return await fake.open(count + 1);
}

Deno.test("ClientSession sends what has waited, in order", async () => {
  using fake = new FakeClient();
  assertEquals(fake.client.emit("one", { n: 1 }), "queued");
  assertEquals(fake.client.send("two"), "queued");
  const socket = await fake.open(1);
  assertEquals(socket.take(), [{ type: "one", n: 1 }, "two"]);
  assertEquals(fake.client.emit("three"), "sent");
  const next = await reconnect(fake);
  assertEquals([socket.take(), next.take()], [[{ event: "three" }], []]);
});

Deno.test("ClientSession spares the server's rate limit after a reconnect", async () => {
  using fake = new FakeClient();
  for (let n = 0; n < 15; n++) fake.client.emit("n", { n });
  const socket = await fake.open(1);
  assertEquals(socket.sent.length, 10);
  fake.clock.pass(500);
  assertEquals(socket.sent.map(({ n }) => n), Array.from({ length: 15 }, (_, n) => n));
});

Deno.test("ClientSession.ask() waits for a connection, within its time", async () => {
  using fake = new FakeClient();
  const [late, early] = [
    fake.client.emitWithAck("ask", 1, { timeout: 100 }),
    fake.client.emitWithAck("ask", 2, { timeout: 200 }),
  ];
  fake.clock.pass(150);
  const error = await assertRejects(() => late, ClientError, "Not connected: still connecting");
  assertEquals(error.code, "NOT_SENT");
  const socket = await fake.open(1);
  const [{ id, ...request }, ...others] = socket.take();
  assertEquals([request, others], [{ event: "ask", data: 2 }, []]);
  socket.receive({ ack: id, data: "yes" });
  assertEquals(await early, "yes");
});

Deno.test("ClientSession.ask() rejects what went down with a connection, and keeps what waits", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const sent = fake.client.emitWithAck("ask", 1);
  socket.end();
  const waiting = fake.client.emitWithAck("ask", 2);
  const error = await assertRejects(() => sent, ClientError);
  assertEquals(error.code, "ACK_DISCONNECTED");
  fake.clock.pass(1_000);
  const next = await fake.open(2);
  next.receive({ ack: next.take()[0].id, data: 2 });
  assertEquals(await waiting, 2);
});

Deno.test("ClientSession.ask() rejects with the server's error as cause", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const asked = fake.client.emitWithAck("ask");
  socket.receive({ ack: socket.take()[0].id, error: { code: "FORBIDDEN", message: "No" } });
  const error = await assertRejects(() => asked, ClientError, "FORBIDDEN, No");
  assertEquals(error.code, "ACK_REFUSED");
  assertInstanceOf(error.cause, ServerError);
  assertEquals(toError(error.cause), { code: "FORBIDDEN", message: "No", details: {} });
});

Deno.test("ClientSession.ask() rejects where the queue is full", async () => {
  for (const onQueueFull of ["drop-oldest", "drop-newest", "reject"] as const) {
    using fake = new FakeClient({ maxQueue: 1, onQueueFull });
    const codes = Promise.all(
      ["first", "second"].map((event) => fake.client.emitWithAck(event).catch(({ code }) => code)),
    );
    void fake.client.close();
    const expected = ["CLOSED", "QUEUE_FULL"];
    assertEquals(await codes, onQueueFull === "drop-oldest" ? expected.reverse() : expected);
  }
});

Deno.test("ClientSession rejects what waits when the client is closed", async () => {
  using fake = new FakeClient();
  const waiting = fake.client.emitWithAck("ask");
  const joining = fake.client.join("deck");
  await fake.socket(1);
  void fake.client.close();
  for (const promise of [waiting, joining, fake.client.emitWithAck("ask"), fake.client.join("a")]) {
    assertEquals((await assertRejects(() => promise, ClientError)).code, "CLOSED");
  }
  assertEquals(fake.client.emit("late"), "dropped");
});

Deno.test("ClientSession rejoins rooms where it left them, before it sends what has waited", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  socket.receive({ type: "said", stream: "deck", seq: 8 });
  socket.end();
  fake.client.emit("say", { roomId: "deck" });
  fake.clock.pass(1_000);
  const next = await fake.open(2);
  const [join, say] = next.take();
  assertEquals(join, { type: "room:join", roomId: "deck", seq: 8, epoch: "e" });
  assertEquals(say, { type: "say", roomId: "deck" });
});

Deno.test("ClientSession delivers neither doubles nor what comes too early", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  const heard: unknown[] = [];
  fake.client.on("said", (data) => heard.push(data));
  for (const seq of [7, 8, 8, 10]) {
    socket.receive({ type: "said", text: `${seq}`, stream: "deck", seq });
  }
  assertEquals(heard, [{ text: "8" }]);
  await Promise.resolve();
  assertEquals(socket.sent, [{ type: "room:join", roomId: "deck", seq: 8, epoch: "e" }]);
});

Deno.test("ClientSession tells of a gap", async () => {
  const { fake } = await enter();
  using _fake = fake;
  const gaps: unknown[] = [];
  fake.client.onGap((gap) => gaps.push(gap));
  await letIn(await reconnect(fake), { seq: 7, recovered: true });
  assertEquals(gaps, []);
  await letIn(await reconnect(fake), { seq: 2 });
  assertEquals(gaps, [{ roomId: "deck", since: { seq: 7, epoch: "e" } }]);
  assertEquals(fake.client.position("deck"), { seq: 2, epoch: "e" });
});

Deno.test("ClientSession joins again on the next connection where one went down with the question", async () => {
  using fake = new FakeClient();
  await fake.open(1);
  const joining = fake.client.join("deck");
  await letIn(await reconnect(fake), { seq: 1 });
  assertEquals((await joining).seq, 1);
});

Deno.test("ClientSession leaves a room on this connection, and does not come back", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  fake.client.leave("deck");
  fake.client.leave("deck");
  await Promise.resolve();
  assertEquals(socket.take(), [{ type: "room:leave", roomId: "deck" }]);
  assertEquals((await reconnect(fake)).take(), []);
});

Deno.test("ClientSession tells of a room that it may not join", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const errors: unknown[] = [];
  fake.client.on("error", (error) => errors.push(error));
  const joining = fake.client.join("deck");
  await Promise.resolve();
  const refusal = { code: "FORBIDDEN", message: "No", roomId: "deck" };
  socket.receive({ type: "error", event: "room:join", ...refusal });
  const error = await assertRejects(() => joining, ClientError, 'Cannot join "deck": No');
  assertEquals([error.code, fake.client.rooms], ["ACK_REFUSED", []]);
  assertEquals(errors, [{ event: "room:join", ...refusal }]);
});

Deno.test("ClientSession joins later where it came too fast", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const joining = fake.client.join("deck");
  await Promise.resolve();
  socket.take();
  const error = { code: "RATE_LIMITED", message: "Slow down", retryAfter: 2, roomId: "deck" };
  socket.receive({ type: "error", event: "room:join", ...error });
  fake.clock.pass(1_999);
  await Promise.resolve();
  assertEquals(socket.sent, []);
  fake.clock.pass(1);
  await letIn(socket, { seq: 3 });
  assertEquals((await joining).seq, 3);
});

Deno.test("ClientSession asks for many rooms by one message, before what is about them", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  for (const room of ["deck", "bridge", "hold"]) fake.client.join(room);
  fake.client.leave("hold");
  fake.client.emit("say", { roomId: "deck" });
  await Promise.resolve();
  assertEquals(socket.take(), [
    { type: "room:leave", roomId: "hold" },
    { type: "room:join", rooms: [{ roomId: "deck" }, { roomId: "bridge" }] },
    { type: "say", roomId: "deck" },
  ]);
});

Deno.test("ClientSession hears of rooms over the rate, also where the server has not read them", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const errors: unknown[] = [];
  fake.client.on("error", ({ code }) => errors.push(code));
  const rooms = Array.from({ length: 300 }, (_, index) => `${index}`.padStart(100, "-"));
  for (const room of rooms) fake.client.join(room);
  await Promise.resolve();
  const messages = socket.take();
  assertEquals(messages.flatMap(({ rooms }) => rooms.map(({ roomId }: never) => roomId)), rooms);
  assert(messages.length > 1 && messages.length < 5);
  for (const { roomId } of messages[0].rooms) {
    socket.receive({ type: "room:joined", roomId, seq: 0, epoch: "e", recovered: false });
  }
  socket.receive({ type: "error", code: "RATE_LIMITED", message: "Slow down", retryAfter: 1 });
  fake.clock.pass(1_000);
  await Promise.resolve();
  const again = socket.take().flatMap(({ rooms }) => rooms);
  assertEquals(again.length, rooms.length - messages[0].rooms.length);
  assertEquals(errors, ["RATE_LIMITED"]);
});

Deno.test("ClientSession leaves again where it left too fast", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  fake.client.leave("deck");
  await Promise.resolve();
  socket.take();
  const error = { code: "RATE_LIMITED", message: "Slow down", retryAfter: 2, roomId: "deck" };
  socket.receive({ type: "error", event: "room:leave", ...error });
  fake.clock.pass(2_000);
  await Promise.resolve();
  assertEquals(socket.take(), [{ type: "room:leave", roomId: "deck" }]);
});

Deno.test("ClientSession forgets a room that the server has taken it out of", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  const left: unknown[] = [];
  fake.client.on("room:left", (data) => left.push(data));
  socket.receive({ type: "room:left", roomId: "deck" });
  assertEquals([left, fake.client.rooms], [[{ roomId: "deck" }], []]);
  assertEquals((await reconnect(fake)).take(), []);
});

Deno.test("ClientSession answers requests of the server on the same connection only", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const answer = Promise.withResolvers<string>();
  fake.client.on("ask", (data) => data === "slow" ? answer.promise : [data]);
  socket.receive({ id: "1", event: "ask", data: "fast" });
  socket.receive({ id: "2", event: "nobody", data: null });
  socket.receive({ id: "3", event: "ask", data: "slow" });
  await waitFor(() => socket.sent.length === 2);
  const error = { code: "UNKNOWN_EVENT", message: "Unknown event: nobody" };
  const byId = socket.take().sort((one, other) => one.ack.localeCompare(other.ack));
  assertEquals(byId, [{ ack: "1", data: ["fast"] }, { ack: "2", error }]);
  const next = await reconnect(fake);
  answer.resolve("late");
  await answer.promise;
  next.receive({ id: "4", event: "ask", data: "fast" });
  await waitFor(() => next.sent.length === 1);
  assertEquals([socket.sent, next.sent], [[], [{ ack: "4", data: ["fast"] }]]);
});

Deno.test("ClientSession knows its id while it is connected", async () => {
  using fake = new FakeClient();
  const ids: unknown[] = [fake.client.id];
  fake.client.onState(({ state }) => state === "open" && ids.push(fake.client.id));
  const socket = await fake.open(1);
  assertEquals(ids, [undefined, "c1"]);
  socket.end();
  assertEquals(fake.client.id, undefined);
});

Deno.test("ClientSession notices a dead line, and is content with any answer", async () => {
  using fake = new FakeClient({ idleTimeout: 30_000, connectTimeout: 5_000 });
  const socket = await fake.open(1);
  fake.clock.pass(30_000);
  assertEquals(socket.take(), [{ type: "ping" }]);
  socket.receive({ type: "pong" });
  assertEquals(fake.client.state, "open");
  fake.clock.pass(35_000);
  assertEquals(fake.changes.at(-1)?.close?.reason, "Server is silent");
});

Deno.test("ClientSession gives a sign of life where the server asks for one", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  socket.take();
  const heard: unknown[] = [];
  for (const event of ["ping", "pong"]) fake.client.on(event, () => heard.push(event));
  socket.receive({ type: "ping" });
  socket.receive({ type: "pong" });
  assertEquals([socket.take(), heard], [[{ type: "pong" }], []]);
  socket.receive({ event: "ping" });
  assertEquals(heard, ["ping"]);
});

Deno.test("ClientSession examines its connection when the network is back", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  fake.network.tell("online");
  assertEquals([socket.take(), fake.client.state], [[{ type: "ping" }], "open"]);
  fake.clock.pass(10_000);
  assertEquals(fake.client.state, "reconnecting");
});

Deno.test("ClientSession is open once the server has taken the token, a new one each time", async () => {
  let count = 0;
  using fake = new FakeClient({ token: () => `token ${++count}` });
  fake.client.emit("early");
  const socket = await fake.open(1);
  assertEquals([socket.take(), fake.client.state], [
    [{ type: "auth", token: "token 1" }],
    "connecting",
  ]);
  socket.receive({ type: "auth_ok" });
  assertEquals([socket.take(), fake.client.state], [[{ event: "early" }], "open"]);
  socket.end(4401, "token expired");
  fake.clock.pass(1_000);
  const next = await fake.open(2);
  assertEquals(next.take(), [{ type: "auth", token: "token 2" }]);
  next.end(4401, "token expired");
  assertEquals(fake.client.state, "closed");
});

Deno.test("ClientSession passes on what is none of the wire", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const heard: unknown[] = [];
  const stop = fake.client.onMessage((data) => heard.push(data));
  const bytes = new ArrayBuffer(2);
  for (const message of ["text", bytes, { type: "event" }]) socket.receive(message);
  stop();
  socket.receive("more");
  assertEquals(heard, ["text", bytes]);
});

Deno.test("ClientSession survives handlers that fail", async () => {
  using fake = new FakeClient();
  const boom = new Error("boom");
  const fail = () => {
    throw boom;
  };
  fake.client.on("tick", fail).onState(fail);
  const heard: unknown[] = [];
  fake.client.on("tick", (data) => heard.push(data));
  (await fake.open(1)).receive({ type: "tick" });
  assertEquals([fake.errors, heard], [[boom, boom], [{}]]);
});

Deno.test("ClientSession falls back where WebSocket never opens", async () => {
  const urls: string[] = [];
  const fetch = (url: URL) => {
    urls.push(url.pathname);
    return Promise.resolve(new Response(null, { status: 404 }));
  };
  using fake = new FakeClient({
    transports: ["websocket", "sse", "poll"],
    fallbackAfter: 2,
    fetch,
  });
  for (const count of [1, 2]) {
    (await fake.socket(count)).end();
    fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  }
  // The first of the other ways is tried at once.
  assertEquals(fake.changes.at(-1)?.retryIn, 0);
  for (const path of ["/sse", "/poll"]) {
    await waitFor(() => urls.at(-1) === path && (fake.changes.at(-1)?.retryIn ?? 0) > 0);
    fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  }
  await fake.open(3);
  assertEquals([urls, fake.client.state], [["/sse", "/poll"], "open"]);
});

// ----- Signs of life -----

Deno.test("ClientSession is not open before the server has said something", async () => {
  using fake = new FakeClient({ connectTimeout: 5_000 });
  fake.client.emit("early");
  const socket = await fake.socket(1);
  socket.open();
  assertEquals([fake.client.state, socket.sent], ["connecting", []]);
  fake.clock.pass(5_000);
  const reason =
    "Connected, but no welcome has come: set idleTimeout: 0 if the server speaks no JSON";
  assertEquals([fake.client.state, fake.changes.at(-1)?.close?.reason], ["reconnecting", reason]);
  fake.clock.pass(1_000);
  assertEquals((await fake.open(2)).sent, [{ event: "early" }]);
});

Deno.test("ClientSession is open at once where the server speaks no JSON", async () => {
  using fake = new FakeClient({ idleTimeout: 0 });
  const socket = await fake.socket(1);
  socket.open();
  assertEquals([fake.client.state, fake.client.send("text")], ["open", "sent"]);
  fake.clock.pass(3_600_000);
  assertEquals([fake.client.state, socket.sent], ["open", ["text"]]);
});

Deno.test("ClientSession keeps to WebSocket where the server closes before its welcome", async () => {
  using fake = new FakeClient({
    transports: ["websocket", "sse"],
    fetch: () => Promise.reject(new Error("not here")),
  });
  for (let count = 1; count <= 5; count++) {
    const socket = await fake.socket(count);
    socket.open();
    socket.end(1012, "Restart");
    fake.clock.pass(30_000);
  }
  await fake.open(6);
  assertEquals(fake.client.state, "open");
});

Deno.test("hostile 205: WebSocket that connects and carries nothing is given up after two times", async () => {
  let polls = 0;
  const fetch = () => {
    polls++;
    const welcome = '{"session":"s","messages":[{"type":"welcome","id":"p"}]}';
    return polls === 1 ? Promise.resolve(new Response(welcome)) : new Promise<never>(() => {});
  };
  using fake = new FakeClient({ transports: ["websocket", "poll"], fetch });
  fake.client.emit("early");
  for (const count of [1, 2]) {
    assertEquals(polls, 0);
    (await fake.socket(count)).open();
    fake.clock.pass(10_000);
    fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  }
  await waitFor(() => fake.client.state === "open");
  assertEquals(fake.changes.at(-1)?.transport, "poll");
  assertEquals(fake.sockets.map(({ sent }) => sent), [[], []]);
});

Deno.test("ClientSession counts no attempt for which there was no token, or no network", async () => {
  let fails = true;
  const token = () => fails ? Promise.reject(new Error("no token")) : "t";
  using fake = new FakeClient({
    transports: ["websocket", "sse"],
    fetch: () => Promise.reject(new Error("not here")),
    token,
    tokenBy: "query",
  });
  for (let count = 1; count <= 9; count++) {
    await waitFor(() => fake.changes.length === count);
    fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  }
  fails = false;
  fake.network.isOnline = false;
  for (let count = 1; count <= 5; count++) {
    (await fake.socket(count)).end();
    fake.clock.pass(30_000);
  }
  await fake.open(6);
  assertEquals(fake.client.state, "open");
});

// ----- Who hears of it -----

for (const state of ["connecting", "open", "reconnecting", "closed"] as const) {
  for (const wish of ["close", "connect"] as const) {
    Deno.test(`ClientSession does as it is told while "${state}" is told: ${wish}`, async () => {
      using fake = new FakeClient();
      let isAsked = true;
      fake.client.onState((change) => {
        if (change.state !== state || !isAsked) return;
        isAsked = false;
        if (wish === "connect") fake.client.connect();
        else void fake.client.close();
      });
      if (state === "connecting") {
        void fake.client.close();
        isAsked = true;
        fake.client.connect();
      } else {
        const socket = await fake.open(1);
        fake.client.emit("one");
        if (state === "reconnecting") socket.end();
        if (state === "closed") socket.end(1000);
      }
      assertEquals(isAsked, false);
      await Promise.resolve();
      fake.clock.pass(3_000);
      if (wish === "close") {
        assertEquals([fake.client.state, fake.clock.size], ["closed", 0]);
      } else {
        await fake.open(state === "connecting" ? 1 : 2);
        assertEquals(fake.client.state, "open");
      }
    });
  }
}

// ----- Address and signal -----

Deno.test("ClientSession asks for the address before each attempt", async () => {
  const { WebSocket, sockets } = fakeWebSockets();
  const clock = new ManualClock();
  const answers = [
    "ws://one.test/",
    new Error("not yet"),
    "ftp://two.test/",
    new URL("https://three.test/"),
  ];
  const reasons: unknown[] = [];
  const client = connect(() => {
    const answer = answers.shift() ?? "/nowhere";
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }, { WebSocket, clock, transports: ["websocket"], random: () => 0 });
  client.onState(({ close }) => close && reasons.push(close.reason));
  await waitFor(() => sockets.length === 1);
  sockets[0]?.end();
  for (let count = 2; count <= 3; count++) {
    clock.pass(1_000);
    await waitFor(() => reasons.length === count);
  }
  clock.pass(1_000);
  await waitFor(() => sockets.length === 2);
  assertEquals(sockets.map(({ url }) => url), ["ws://one.test/", "wss://three.test/"]);
  assertEquals(reasons, [
    "",
    "Error: not yet",
    'TypeError: Cannot connect: "ftp:" is none of ws, wss, http, https',
  ]);
  void client.close();
});

Deno.test("ClientSession ends with its signal", async () => {
  const abort = new AbortController();
  using fake = new FakeClient({ signal: abort.signal });
  const socket = await fake.open(1);
  const asked = fake.client.emitWithAck("ask");
  abort.abort();
  assertEquals((await assertRejects(() => asked, ClientError)).code, "CLOSED");
  assertEquals([fake.client.state, socket.closedWith], ["closed", [1000, ""]]);
  fake.client.connect();
  await assertRejects(() => fake.client.ready(), ClientError, "signal");
  assertEquals([fake.client.state, fake.sockets.length], ["closed", 1]);
  using late = new FakeClient({ signal: abort.signal });
  await assertRejects(() => late.client.ready(), ClientError, "signal");
  assertEquals([late.client.state, late.client.emit("x")], ["closed", "dropped"]);
});
