/** What is said over connections whose network and time are the test's. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ClientError, ServerError } from "../../client/errors.ts";
import type { ClientOptions } from "../../client/options.ts";
import { FakeClient } from "../support/fake_client.ts";
import { toError } from "../support/server_error.ts";
import type { FakeWebSocket } from "../support/fake_web_socket.ts";
import { waitFor } from "../support/wait.ts";

/** A client in a room, whose stream is at 7. */
async function enter(
  options?: ClientOptions,
): Promise<{ fake: FakeClient; socket: FakeWebSocket }> {
  const fake = new FakeClient(options);
  const socket = await fake.open(1);
  fake.client.join("deck");
  letIn(socket, { seq: 7 });
  return { fake, socket };
}

/** Lets a client into the room that it has asked for. */
function letIn(
  socket: FakeWebSocket,
  { seq, recovered = false }: { seq: number; recovered?: boolean },
) {
  const [{ id, data: { roomId } }] = socket.take();
  socket.receive({ type: "room:joined", roomId, seq, epoch: "e", recovered });
  socket.receive({ ack: id, data: null });
}

/** Ends a connection, and opens the next one. */
async function reconnect(fake: FakeClient): Promise<FakeWebSocket> {
  const count = fake.sockets.length;
  fake.sockets.at(-1)?.end();
  fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  return await fake.open(count + 1);
}

Deno.test("Conversation sends what has waited, in order", async () => {
  using fake = new FakeClient();
  assertEquals(fake.client.emit("one", { n: 1 }), "queued");
  assertEquals(fake.client.send("two"), "queued");
  const socket = await fake.open(1);
  assertEquals(socket.take(), [{ type: "one", n: 1 }, "two"]);
  assertEquals(fake.client.emit("three"), "sent");
  const next = await reconnect(fake);
  assertEquals([socket.take(), next.take()], [[{ type: "three" }], []]);
});

Deno.test("Conversation spares the server's rate limit after a reconnect", async () => {
  using fake = new FakeClient();
  for (let n = 0; n < 15; n++) fake.client.emit("n", { n });
  const socket = await fake.open(1);
  assertEquals(socket.sent.length, 10);
  fake.clock.pass(500);
  assertEquals(socket.sent.map(({ n }) => n), Array.from({ length: 15 }, (_, n) => n));
});

Deno.test("Conversation.ask() waits for a connection, within its time", async () => {
  using fake = new FakeClient();
  const [late, early] = [
    fake.client.emitWithAck("ask", 1, { timeout: 100 }),
    fake.client.emitWithAck("ask", 2, { timeout: 200 }),
  ];
  fake.clock.pass(150);
  const error = await assertRejects(() => late, ClientError, "Acknowledgement timeout");
  assertEquals(error.code, "ACK_TIMEOUT");
  const socket = await fake.open(1);
  const [{ id, ...request }, ...others] = socket.take();
  assertEquals([request, others], [{ event: "ask", data: 2 }, []]);
  socket.receive({ ack: id, data: "yes" });
  assertEquals(await early, "yes");
});

Deno.test("Conversation.ask() rejects what went down with a connection, and keeps what waits", async () => {
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

Deno.test("Conversation.ask() rejects with the server's error as cause", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const asked = fake.client.emitWithAck("ask");
  socket.receive({ ack: socket.take()[0].id, error: { code: "FORBIDDEN", message: "No" } });
  const error = await assertRejects(() => asked, ClientError, "FORBIDDEN, No");
  assertEquals(error.code, "ACK_REFUSED");
  assertInstanceOf(error.cause, ServerError);
  assertEquals(toError(error.cause), { code: "FORBIDDEN", message: "No", details: {} });
});

Deno.test("Conversation.ask() rejects where the queue is full", async () => {
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

Deno.test("Conversation rejects what waits when the client is closed", async () => {
  using fake = new FakeClient();
  const waiting = fake.client.emitWithAck("ask");
  const joining = fake.client.join("deck");
  await fake.socket(1);
  void fake.client.close();
  for (const promise of [waiting, joining, fake.client.emitWithAck("ask"), fake.client.join("a")]) {
    assertEquals((await assertRejects(() => promise, ClientError)).code, "CLOSED");
  }
  assertEquals([fake.client.emit("late"), fake.clock.size], ["dropped", 0]);
});

Deno.test("Conversation rejoins rooms where it left them, before it sends what has waited", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  socket.receive({ type: "said", roomId: "deck", seq: 8 });
  socket.end();
  fake.client.emit("say", { roomId: "deck" });
  fake.clock.pass(1_000);
  const next = await fake.open(2);
  const [join, say] = next.take();
  assertEquals([join.event, join.data], ["room:join", { roomId: "deck", seq: 8, epoch: "e" }]);
  assertEquals(say, { type: "say", roomId: "deck" });
});

Deno.test("Conversation delivers neither doubles nor what comes too early", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  const heard: unknown[] = [];
  fake.client.on("said", (data) => heard.push(data));
  for (const seq of [7, 8, 8, 10]) socket.receive({ type: "said", roomId: "deck", seq });
  assertEquals(heard, [{ roomId: "deck", seq: 8 }]);
  const [{ data }] = socket.sent;
  assertEquals(data, { roomId: "deck", seq: 8, epoch: "e" });
});

Deno.test("Conversation tells of a gap", async () => {
  const { fake } = await enter();
  using _fake = fake;
  const gaps: unknown[] = [];
  fake.client.onGap((gap) => gaps.push(gap));
  letIn(await reconnect(fake), { seq: 7, recovered: true });
  assertEquals(gaps, []);
  letIn(await reconnect(fake), { seq: 2 });
  assertEquals(gaps, [{ roomId: "deck", since: { seq: 7, epoch: "e" } }]);
  assertEquals(fake.client.position("deck"), { seq: 2, epoch: "e" });
});

Deno.test("Conversation joins again on the next connection where one went down with the question", async () => {
  using fake = new FakeClient();
  await fake.open(1);
  const joining = fake.client.join("deck");
  letIn(await reconnect(fake), { seq: 1 });
  assertEquals((await joining).seq, 1);
});

Deno.test("Conversation leaves a room on this connection, and does not come back", async () => {
  const { fake, socket } = await enter();
  using _fake = fake;
  fake.client.leave("deck");
  fake.client.leave("deck");
  assertEquals(socket.take(), [{ type: "room:leave", roomId: "deck" }]);
  assertEquals((await reconnect(fake)).take(), []);
});

Deno.test("Conversation tells of a room that it may not join", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const errors: unknown[] = [];
  fake.client.on("error", (error) => errors.push(error));
  const joining = fake.client.join("deck");
  socket.receive({ ack: socket.take()[0].id, error: { code: "FORBIDDEN", message: "No" } });
  const error = await assertRejects(() => joining, ClientError, 'Cannot join "deck": No');
  assertEquals([error.code, fake.client.rooms], ["ACK_REFUSED", []]);
  assertEquals(errors, [{ code: "FORBIDDEN", message: "No", roomId: "deck" }]);
});

Deno.test("Conversation joins later where it came too fast", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const joining = fake.client.join("deck");
  const error = { code: "RATE_LIMITED", message: "Slow down", retryAfter: 2 };
  socket.receive({ ack: socket.take()[0].id, error });
  fake.clock.pass(1_999);
  assertEquals(socket.sent, []);
  fake.clock.pass(1);
  letIn(socket, { seq: 3 });
  assertEquals((await joining).seq, 3);
});

Deno.test("Conversation answers requests of the server on the same connection only", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const answer = Promise.withResolvers<string>();
  fake.client.on("ask", (data) => data === "slow" ? answer.promise : [data]);
  socket.receive({ type: "welcome", id: "c1" });
  socket.receive({ id: "1", event: "ask", data: "fast" });
  socket.receive({ id: "2", event: "nobody", data: null });
  socket.receive({ id: "3", event: "ask", data: "slow" });
  await waitFor(() => socket.sent.length === 2);
  const error = { code: "UNKNOWN_EVENT", message: "Unknown event: nobody" };
  const byId = socket.take().sort((one, other) => one.ack.localeCompare(other.ack));
  assertEquals(byId, [{ ack: "1", data: ["fast"] }, { ack: "2", error }]);
  const next = await reconnect(fake);
  next.receive({ type: "welcome", id: "c2" });
  answer.resolve("late");
  await answer.promise;
  next.receive({ id: "4", event: "ask", data: "fast" });
  await waitFor(() => next.sent.length === 1);
  assertEquals([socket.sent, next.sent], [[], [{ ack: "4", data: ["fast"] }]]);
});

Deno.test("Conversation knows its id while it is connected", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  assertEquals(fake.client.id, undefined);
  socket.receive({ type: "welcome", id: "c1" });
  assertEquals(fake.client.id, "c1");
  socket.end();
  assertEquals(fake.client.id, undefined);
});

Deno.test("Conversation notices a dead line, and is content with any answer", async () => {
  using fake = new FakeClient({ idleTimeout: 30_000, connectTimeout: 5_000 });
  const socket = await fake.open(1);
  fake.clock.pass(30_000);
  const [{ id, event }] = socket.take();
  socket.receive({ ack: id, error: { code: "UNKNOWN_EVENT", message: "Unknown event: ping" } });
  assertEquals([event, fake.client.state], ["ping", "open"]);
  fake.clock.pass(35_000);
  assertEquals(fake.changes.at(-1)?.close?.reason, "Server is silent");
});

Deno.test("Conversation examines its connection when the network is back", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  fake.network.tell("online");
  assertEquals([socket.take()[0].event, fake.client.state], ["ping", "open"]);
  fake.clock.pass(10_000);
  assertEquals(fake.client.state, "reconnecting");
});

Deno.test("Conversation is open once the server has taken the token, a new one each time", async () => {
  let count = 0;
  using fake = new FakeClient({ token: () => `token ${++count}` });
  fake.client.emit("early");
  const socket = await fake.open(1);
  assertEquals([socket.take(), fake.client.state], [
    [{ type: "auth", token: "token 1" }],
    "connecting",
  ]);
  socket.receive({ type: "auth_ok" });
  assertEquals([socket.take(), fake.client.state], [[{ type: "early" }], "open"]);
  socket.end(4401, "token expired");
  fake.clock.pass(1_000);
  const next = await fake.open(2);
  assertEquals(next.take(), [{ type: "auth", token: "token 2" }]);
  next.end(4401, "token expired");
  assertEquals(fake.client.state, "closed");
});

Deno.test("Conversation passes on what is none of the wire", async () => {
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

Deno.test("Conversation survives handlers that fail", async () => {
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

Deno.test("Conversation falls back where WebSocket never opens", async () => {
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
  for (const path of ["/sse", "/poll"]) {
    await waitFor(() => urls.at(-1) === path && fake.changes.length === urls.length + 2);
    fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  }
  await fake.open(3);
  assertEquals([urls, fake.client.state], [["/sse", "/poll"], "open"]);
});
