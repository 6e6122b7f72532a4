/** Acknowledgements that the server asks clients for. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { AckError, PendingAcks } from "../../../../server/app/clients/acks.ts";
import { App } from "../../../../server/app/app.ts";
import type { Client } from "../../../../server/app/clients/client.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import type { AnyEvents } from "../../../../wire/event_types.ts";
import { connect, ManualClock } from "../../../support/clients.ts";
import type { MemoryConnection } from "../../../support/memory_connection.ts";

interface Asked {
  client: Client<AnyEvents, unknown>;
  connection: MemoryConnection;
}

function setUp(count = 1): { app: App; clock: ManualClock; asked: Asked[] } {
  const clock = new ManualClock();
  const app = new App({ clock });
  const asked = Array.from({ length: count }, () => {
    const { connection, id } = connect(app);
    const client = app.client(id);
    assert(client !== undefined);
    return { client, connection };
  });
  return { app, clock, asked };
}

/** Answers the request that was sent last. */
function answer({ connection }: Asked, data: unknown): Promise<void> {
  return connection.receiveJson({ ack: connection.take().at(-1).id, data });
}

async function codeOf(pending: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => pending, AckError)).code;
}

Deno.test("Client.emitWithAck() resolves to the client's answer", async () => {
  const { clock, asked: [ada] } = setUp();
  const pending = ada!.client.emitWithAck("confirm", { page: 1 });
  const [{ id, ...request }] = ada!.connection.take();
  assertEquals([typeof id, request], ["string", { event: "confirm", data: { page: 1 } }]);
  await ada!.connection.receiveJson({ ack: id, data: { ok: true } });
  assertEquals(await pending, { ok: true });
  assertEquals([clock.size, ada!.client.acks.size], [0, 0]);
});

Deno.test("Client.emitWithAck() rejects after the timeout", async () => {
  const { clock, asked: [ada] } = setUp();
  const soon = ada!.client.emitWithAck("confirm", {}, { timeout: 100 });
  const late = ada!.client.emitWithAck("confirm", {});
  clock.pass(100);
  assertEquals(await codeOf(soon), "ACK_TIMEOUT");
  clock.pass(4_899);
  assertEquals(ada!.client.acks.size, 1);
  clock.pass(1);
  assertEquals(await codeOf(late), "ACK_TIMEOUT");
  assertEquals([clock.size, ada!.client.acks.size], [0, 0]);
});

Deno.test("Client.emitWithAck() rejects with the error that a client answers", async () => {
  const { asked: [ada] } = setUp();
  const pending = ada!.client.emitWithAck("confirm", {});
  const [{ id }] = ada!.connection.take();
  await ada!.connection.receiveJson({ ack: id, error: { code: "BUSY", message: "Later" } });
  const error = await assertRejects(() => pending, AckError, "BUSY");
  assertEquals(error.code, "ACK_REFUSED");
  assert(error.cause instanceof EventError);
  assertEquals([error.cause.code, error.cause.message], ["BUSY", "Later"]);
});

Deno.test("Client.emitWithAck() rejects when the client goes, by itself or not", async () => {
  const { clock, asked } = setUp(3);
  const pending = asked.map(({ client }) => codeOf(client.emitWithAck("confirm", {})));
  asked[0]!.connection.end();
  asked[1]!.client.close(4000);
  asked[2]!.client.terminate();
  const gone = "ACK_DISCONNECTED";
  assertEquals(await Promise.all(pending), [gone, gone, gone]);
  assertEquals(await codeOf(asked[0]!.client.emitWithAck("confirm", {})), gone);
  assertEquals(clock.size, 0);
});

Deno.test("Client.emitWithAck() rejects what cannot be sent", async () => {
  const { clock, asked: [ada] } = setUp();
  ada!.connection.send = () => "dropped";
  assertEquals(await codeOf(ada!.client.emitWithAck("confirm", {})), "ACK_UNSENT");
  assertEquals([clock.size, ada!.client.acks.size], [0, 0]);
});

Deno.test("Client.emitWithAck() rejects where it is misused, and sends nothing", async () => {
  const { clock, asked: [ada] } = setUp();
  const { client } = ada!;
  const ask = async (ask: Promise<unknown>) => void await ask;
  await assertRejects(() => ask(client.emitWithAck("error", {})), TypeError, "reserved");
  await assertRejects(() => ask(client.emitWithAck("confirm", 1n)), TypeError);
  for (const timeout of [0, -1, NaN, Infinity, 2 ** 31]) {
    const asking = client.emitWithAck("confirm", {}, { timeout });
    await assertRejects(() => asking, RangeError, "timeout");
  }
  assertEquals([clock.size, client.acks.size, ada!.connection.sent], [0, 0, []]);
});

Deno.test("Client.emitWithAck() is answered while a handler of the same client waits for it", async () => {
  const { app, asked: [ada] } = setUp();
  const trace: unknown[] = [];
  app.on("ask", async (client) => void trace.push(await client.emitWithAck("confirm", {})));
  app.on("note", () => void trace.push("note"));
  const asking = ada!.connection.receiveJson({ type: "ask" });
  await asking; // the wire goes on, although the handler waits
  await ada!.connection.receiveJson({ type: "note" });
  assertEquals(trace, []);
  await answer(ada!, "yes");
  await ada!.connection.receiveJson({ type: "note" });
  assertEquals(trace, ["yes", "note", "note"]);
});

Deno.test("hostile 90: Client.emitWithAck() lets no more than 128 events gather", async () => {
  const clock = new ManualClock();
  const app = new App({ clock, rateLimit: false });
  app.on("ask", (client) => client.emitWithAck("confirm", {}).catch(() => {}));
  let notes = 0;
  app.on("note", () => void notes++);
  const { connection } = connect(app);
  await connection.receiveJson({ type: "ask" });
  for (let i = 0; i < 127; i++) await connection.receiveJson({ type: "note" });
  const held = connection.receiveJson({ type: "note" });
  assertEquals([notes, connection.closedWith], [0, undefined]);
  clock.pass(5_000);
  await held;
  assertEquals([notes, connection.closedWith], [128, undefined]);
});

Deno.test("Target.emitWithAck() collects the answers as they come", async () => {
  const { app, clock, asked } = setUp(3);
  for (const { client } of asked) client.join("deck");
  const pending = app.to("deck").emitWithAck("confirm", {});
  const prepared = asked.map(({ connection }) => connection.sentPrepared[0]);
  assertEquals(new Set(prepared).size, 1);
  for (const index of [2, 0, 1]) await answer(asked[index]!, index);
  assertEquals(await pending, [2, 0, 1]);
  assertEquals(clock.size, 0);
});

Deno.test("Target.emitWithAck() resolves to nothing where nobody is meant", async () => {
  const { app, clock } = setUp();
  assertEquals(await app.to("nowhere").emitWithAck("confirm", {}), []);
  assertEquals(clock.size, 0);
});

Deno.test("Target.emitWithAck() rejects after the timeout with the answers so far", async () => {
  const { app, clock, asked } = setUp(3);
  const pending = app.except(asked[2]!.client.id).emitWithAck("confirm", {}, { timeout: 10 });
  await answer(asked[1]!, "yes");
  clock.pass(10);
  const error = await assertRejects(() => pending, AckError, "1 did not answer in 10 ms");
  assertEquals([error.code, error.answers], ["ACK_TIMEOUT", ["yes"]]);
});

Deno.test("Target.emitWithAck() waits for the others when a client goes", async () => {
  const { app, clock, asked } = setUp(3);
  for (const { client } of asked) client.join("deck");
  const pending = app.in("deck").emitWithAck("confirm", {});
  asked[0]!.connection.end();
  await answer(asked[1]!, "one");
  await answer(asked[2]!, "two");
  const error = await assertRejects(() => pending, AckError);
  assertEquals([error.code, error.answers], ["ACK_DISCONNECTED", ["one", "two"]]);
  assertEquals(clock.size, 0);
});

Deno.test("hostile 103: answers that are late, double, unknown or of others are ignored", async () => {
  const { clock, asked: [ada, bob] } = setUp(2);
  const pending = ada!.client.emitWithAck("confirm", {});
  const [{ id }] = ada!.connection.take();
  await bob!.connection.receiveJson({ ack: id, data: "forged" });
  await ada!.connection.receiveJson({ ack: "unknown", data: "wrong" });
  await ada!.connection.receiveJson({ ack: id, data: "right" });
  await ada!.connection.receiveJson({ ack: id, data: "double" });
  assertEquals(await pending, "right");
  const late = codeOf(ada!.client.emitWithAck("confirm", {}));
  clock.pass(5_000);
  await answer(ada!, "late");
  assertEquals(await late, "ACK_TIMEOUT");
  assertEquals([ada!.connection.take(), bob!.connection.take()], [[], []]);
});

Deno.test("hostile 103: answers that nobody waits for count against the rate limit", async () => {
  const clock = new ManualClock();
  const app = new App({ rateLimit: { perSecond: 1, burst: 1, now: clock.now } });
  const { connection } = connect(app);
  for (let i = 0; i < 7; i++) await connection.receiveJson({ ack: "unknown", data: i });
  assertEquals(connection.closedWith, { code: 1008, reason: "Rate limit exceeded" });
});

Deno.test("hostile 103: PendingAcks gives up the oldest beyond its limit", () => {
  const acks = new PendingAcks(2);
  const settled: string[] = [];
  for (const id of [1, 2, 3]) {
    acks.expect(id, (outcome) => settled.push(`${id} ${"code" in outcome && outcome.code}`));
  }
  assertEquals([acks.size, settled], [2, ["1 ACK_OVERFLOW"]]);
  assertEquals(acks.answer(1, { data: "late" }), false);
  acks.end();
  assertEquals(settled.slice(1), ["2 ACK_DISCONNECTED", "3 ACK_DISCONNECTED"]);
});

Deno.test("PendingAcks.of() knows its own from what only looks like them", () => {
  const acks = new PendingAcks(1);
  assertStrictEquals(PendingAcks.of({ acks }), acks);
  assertThrows(() => PendingAcks.of({ acks: { size: 0 } }), TypeError, "not a client");
});

Deno.test("hostile 103: Client.emitWithAck() leaves no more than a thousand pending", async () => {
  const { clock, asked: [ada] } = setUp();
  const first = codeOf(ada!.client.emitWithAck("confirm", {}));
  const others = Array.from({ length: 1_000 }, () => ada!.client.emitWithAck("confirm", {}));
  assertEquals(await first, "ACK_OVERFLOW");
  assertEquals([ada!.client.acks.size, clock.size], [1_000, 1_000]);
  ada!.connection.end();
  assertEquals(new Set(await Promise.all(others.map(codeOf))), new Set(["ACK_DISCONNECTED"]));
  assertEquals(clock.size, 0);
});
