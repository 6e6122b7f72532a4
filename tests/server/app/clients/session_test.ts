/** One client's events: in order, one at a time, not too fast, and none of them fatal. */

import { assert, assertEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { connect, ManualClock } from "../../../support/clients.ts";
import { MemoryConnection } from "../../../support/memory_connection.ts";
import { acceptor } from "../../../../server/app/peer.ts";

/** An application whose handler of `step` ends when a test says so. */
function steppedApp(): { app: App; trace: string[]; finish: () => void } {
  const app = new App({ rateLimit: false });
  const trace: string[] = [];
  const waiting: (() => void)[] = [];
  app.on("step", async (_client, data) => {
    trace.push(`begin ${data}`);
    await new Promise<void>((resolve) => waiting.push(resolve));
    trace.push(`end ${data}`);
  });
  return { app, trace, finish: () => waiting.shift()?.() };
}

/** Lets everything run that waits for nothing but promises. */
function settle(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function step(data: number): string {
  return JSON.stringify({ id: `${data}`, event: "step", data });
}

Deno.test("hostile 91: ClientSession.event() holds the wire back while a handler waits", async () => {
  const { app, trace, finish } = steppedApp();
  const { connection } = connect(app);
  const first = connection.receive(step(1));
  const second = connection.receive(step(2));
  await settle();
  assertEquals(trace, ["begin 1"]);
  finish();
  await first;
  await settle();
  assertEquals(trace, ["begin 1", "end 1", "begin 2"]);
  finish();
  await second;
  assertEquals(connection.take().map(({ ack }) => ack), ["1", "2"]);
});

Deno.test("ClientSession.event() keeps the order of events that a wire cannot hold back", async () => {
  const { app, trace, finish } = steppedApp();
  const { connection } = connect(app);
  for (const data of [1, 2, 3]) connection.receiveAtOnce(step(data));
  for (let i = 0; i < 3; i++) {
    await settle();
    finish();
  }
  await settle();
  assertEquals(trace, ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  assertEquals(connection.take().map(({ ack }) => ack), ["1", "2", "3"]);
});

Deno.test("ClientSession.event() does not let clients wait for each other", async () => {
  const { app, trace, finish } = steppedApp();
  connect(app).connection.receiveAtOnce(step(1));
  connect(app).connection.receiveAtOnce(step(2));
  await settle();
  assertEquals(trace, ["begin 1", "begin 2"]);
  finish();
  finish();
  await settle();
});

Deno.test("hostile 90: ClientSession.event() closes with 1008 where too many events wait", async () => {
  const { app, finish } = steppedApp();
  const { connection } = connect(app);
  for (let i = 0; i <= 256; i++) connection.receiveAtOnce(step(i));
  assertEquals(connection.closedWith, undefined);
  connection.receiveAtOnce(step(257));
  assertEquals(connection.closedWith, { code: 1008, reason: "Too many events waiting" });
  connection.end();
  finish();
  await settle();
});

Deno.test("ClientSession drops what waits when the client is closed", async () => {
  const { app, trace, finish } = steppedApp();
  const { connection, id } = connect(app);
  for (const data of [1, 2]) connection.receiveAtOnce(step(data));
  app.client(id)?.close(4000);
  finish();
  await settle();
  assertEquals(trace, ["begin 1", "end 1"]);
});

Deno.test("hostile 115: ClientSession lets the first event wait for onConnect", async () => {
  const app = new App();
  const trace: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  app.onConnect(async () => {
    await promise;
    trace.push("connected");
  });
  app.on("note", () => void trace.push("note"));
  const { connection } = connect(app);
  const delivered = connection.receiveJson({ type: "note" });
  await settle();
  assertEquals(trace, []);
  resolve();
  await delivered;
  assertEquals(trace, ["connected", "note"]);
});

Deno.test("hostile 96: ClientSession answers INTERNAL for a handler that throws or rejects", async () => {
  const errors: string[] = [];
  const app = new App({
    onError: (error, { client, event }) => {
      errors.push(`${event}: ${(error as Error).message}`);
      assert(client?.connected);
    },
  });
  app.on("throws", () => {
    throw new Error("secret a");
  });
  app.on("rejects", () => Promise.reject(new Error("secret b")));
  app.on("unsendable", () => ({ big: 1n }));
  const { connection } = connect(app);
  await connection.receiveJson({ type: "throws" });
  await connection.receiveJson({ id: "1", event: "rejects" });
  await connection.receiveJson({ id: "2", event: "unsendable" });
  const error = { code: "INTERNAL", message: "Internal error" };
  assertEquals(connection.take(), [
    { type: "error", ...error, event: "throws" },
    { ack: "1", error },
    { ack: "2", error },
  ]);
  assertEquals(errors.slice(0, 2), ["throws: secret a", "rejects: secret b"]);
  assertEquals(errors.length, 3);
  assertEquals(connection.state, "open");
});

Deno.test("ClientSession takes any thenable as a promise", async () => {
  const app = new App();
  app.on("query", () => ({ then: (resolve: (rows: number[]) => void) => resolve([1, 2]) }));
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "query" });
  assertEquals(connection.take(), [{ ack: "1", data: [1, 2] }]);
});

Deno.test("hostile 90: ClientSession answers RATE_LIMITED after the burst, then closes with 1008", async () => {
  const clock = new ManualClock();
  const app = new App({ rateLimit: { perSecond: 10, now: clock.now } });
  let handled = 0;
  app.on("note", () => void handled++);
  const { connection } = connect(app);
  for (let i = 0; i < 21; i++) await connection.receiveJson({ type: "note" });
  const limited = { code: "RATE_LIMITED", message: "Rate limit exceeded", retryAfter: 0.1 };
  assertEquals(connection.take(), [{ type: "error", ...limited, event: "note" }]);
  await connection.receiveJson({ id: "1", event: "note" });
  assertEquals(connection.take(), [{ ack: "1", error: limited }]);
  clock.time += 100;
  await connection.receiveJson({ type: "note" });
  assertEquals([handled, connection.take()], [21, []]);
  for (let i = 0; i < 100; i++) await connection.receiveJson({ type: "note" });
  assertEquals(connection.closedWith, { code: 1008, reason: "Rate limit exceeded" });
  assertEquals(handled, 21);
});

Deno.test("ClientSession counts malformed messages too", async () => {
  const app = new App({ rateLimit: { perSecond: 1, burst: 1, now: new ManualClock().now } });
  const { connection } = connect(app);
  await connection.receive("{");
  await connection.receive("{");
  assertEquals(connection.take().map(({ code }) => code), ["PARSE_ERROR", "RATE_LIMITED"]);
});

Deno.test("hostile 146: ClientSession leaves what its client has used up to the next one from there", async () => {
  const clock = new ManualClock();
  const app = new App({ clock }).on("note", () => "noted");
  let noted = 0;
  for (let i = 0; i < 10; i++) {
    const { connection } = connect(app);
    for (let id = 0; id < 30; id++) {
      await connection.receiveJson({ id: `${id}`, event: "note", data: null });
    }
    noted += connection.take().filter(({ data }) => data === "noted").length;
    connection.end();
  }
  assertEquals(noted, 20);
});

Deno.test("hostile 127: ClientSession.mayRead() refuses what is over the rate unread, unless it is short", async () => {
  const app = new App({ rateLimit: { perSecond: 10, burst: 2, now: new ManualClock().now } });
  app.on("note", () => "noted");
  const { connection } = connect(app);
  const ask = (id: string, size = 0) =>
    connection.receiveJson({ id, event: "note", data: "x".repeat(size) });
  await ask("1", 10_000);
  await ask("2");
  const limited = { code: "RATE_LIMITED", message: "Rate limit exceeded", retryAfter: 0.1 };
  assertEquals(connection.take().map(({ ack }) => ack), ["1", "2"]);
  await ask("3", 4_000);
  await ask("4", 5_000);
  await connection.receive(`{${" ".repeat(5_000)}`);
  await connection.receive("{");
  const error = { type: "error", ...limited };
  assertEquals(connection.take(), [{ ack: "3", error: limited }, error, error, error]);
});

Deno.test("hostile 127: ClientSession.mayRead() counts long messages as several", async () => {
  const app = new App({ rateLimit: { perSecond: 10, now: new ManualClock().now } });
  app.on("note", () => "noted");
  const { connection } = connect(app);
  await connection.receiveJson({ type: "note", data: "x".repeat(1_000_000) });
  assertEquals(connection.take(), []);
  await connection.receiveJson({ type: "note", data: "x".repeat(1_000_000) });
  assertEquals(connection.take().map(({ retryAfter }) => retryAfter), [1.2]);
});

Deno.test("ClientSession counts no answer that it waits for, not even over the rate", async () => {
  const app = new App({ rateLimit: { perSecond: 1, burst: 2, now: new ManualClock().now } });
  app.on("note", () => {});
  const { connection, id } = connect(app);
  async function answer(): Promise<unknown> {
    const asked = app.client(id)!.emitWithAck("ask", {});
    const [{ id: ack }] = connection.take();
    await connection.receiveJson({ ack, data: "x".repeat(1_000) });
    return await asked;
  }
  for (let i = 0; i < 5; i++) assertEquals(await answer(), "x".repeat(1_000));
  for (let i = 0; i < 2; i++) await connection.receiveJson({ type: "note" });
  assertEquals(connection.take(), []);
  assertEquals(await answer(), "x".repeat(1_000));
  await connection.receiveJson({ ack: "unknown" });
  assertEquals(connection.take().map(({ code }) => code), ["RATE_LIMITED"]);
});

Deno.test("ClientSession counts the events of a wire that does not ask whether it may read", async () => {
  const app = new App({ rateLimit: { perSecond: 1, burst: 1, now: new ManualClock().now } });
  const refusals: string[] = [];
  const connection = new MemoryConnection();
  const session = app[acceptor].accept({
    id: "ada",
    request: connection.request,
    remoteAddress: "192.0.2.1",
    data: undefined,
    bufferedAmount: 0,
    congested: false,
    welcome: () => "sent",
    authenticated: () => "sent",
    send: () => "sent",
    answer: () => "sent",
    refuse: ({ code }) => (refusals.push(code), "sent"),
    joined: () => "sent",
    left: () => "sent",
    drained: () => Promise.resolve(),
    close() {},
    terminate() {},
  });
  session.open();
  await session.event({ event: "note", data: {} });
  await session.event({ event: "note", data: {} });
  assertEquals(refusals, ["UNKNOWN_EVENT", "RATE_LIMITED"]);
});

Deno.test("ClientSession does not wait for concurrent events, and begins them in their order", async () => {
  const app = new App({ rateLimit: false });
  const trace: unknown[] = [];
  const found = Promise.withResolvers<string>();
  app.on("search", { concurrent: true }, async (_client, data) => {
    trace.push(`search ${data}`);
    return await found.promise;
  });
  app.on("note", (_client, data) => void trace.push(`note ${data}`));
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "search", data: 1 });
  await connection.receiveJson({ id: "2", event: "note", data: 2 });
  await connection.receiveJson({ id: "3", event: "search", data: 3 });
  assertEquals(trace, ["search 1", "note 2", "search 3"]);
  assertEquals(connection.take(), [{ ack: "2" }]);
  found.resolve("an island");
  await settle();
  assertEquals(connection.take(), [
    { ack: "1", data: "an island" },
    { ack: "3", data: "an island" },
  ]);
});

Deno.test("ClientSession lets a concurrent event wait for its turn behind another", async () => {
  const { app, trace, finish } = steppedApp();
  app.on("search", { concurrent: true }, async (_client, data) => {
    await Promise.resolve();
    trace.push(`search ${data}`);
  });
  const { connection } = connect(app);
  connection.receiveAtOnce(step(1));
  connection.receiveAtOnce('{"id":"2","event":"search","data":2}');
  await settle();
  assertEquals(trace, ["begin 1"]);
  finish();
  await settle();
  assertEquals(trace, ["begin 1", "end 1", "search 2"]);
});

Deno.test("hostile 275: ClientSession waits for the handlers of concurrent events beyond 64", async () => {
  const app = new App({ rateLimit: false });
  const found = Promise.withResolvers<void>();
  let running = 0;
  app.on("search", { concurrent: true }, async () => {
    running++;
    await found.promise;
  });
  const { connection } = connect(app);
  let held: Promise<void> | undefined;
  for (let i = 0; i < 100; i++) held = connection.receiveJson({ type: "search" });
  await settle();
  assertEquals(running, 65);
  found.resolve();
  await held;
  assertEquals(running, 100);
});

Deno.test("ClientSession answers a concurrent handler that fails, and tells onError", async () => {
  const errors: unknown[] = [];
  const app = new App({ onError: (error) => void errors.push((error as Error).message) });
  app.on("search", { concurrent: true }, async () => {
    await Promise.resolve();
    throw new Error("adrift");
  });
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "search" });
  await settle();
  assertEquals(errors, ["adrift"]);
  assertEquals(connection.take().map(({ ack, error }) => [ack, error.code]), [["1", "INTERNAL"]]);
});

Deno.test("hostile 274: a client that owes an answer is heard: signs of life, and the answer", async () => {
  const app = new App({ rateLimit: { perSecond: 1, burst: 1 } });
  app.on("confirm", async (client) => await client.emitWithAck("sure?", {}));
  const { connection } = connect(app);
  connection.receive('{"id":"1","event":"confirm"}');
  await settle();
  const [{ id: ack }] = connection.take();
  for (let i = 0; i < 100; i++) await connection.receive('{"type":"ping"}');
  assertEquals(connection.take(), Array(100).fill({ type: "pong" }));
  await connection.receiveJson({ ack, data: "yes" });
  await settle();
  assertEquals(connection.take(), [{ ack: "1", data: "yes" }]);
});
