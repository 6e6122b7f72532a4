/** Tests of server/socketio/recovery.ts. */

import { Outgoing } from "@hawser/ws/wire";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { EngineMessage } from "../../../server/socketio/engine_packet.ts";
import { SentEvents } from "../../../server/socketio/recovery.ts";
import { type PollingClient, RecordingApp } from "../../support/socketio.ts";

const limits = { duration: 120_000, maxEvents: 3, maxBytes: 100, maxSleepers: 2 };

function event(offset: string, size = 1) {
  return { offset, messages: [new EngineMessage("a".repeat(size))] };
}

Deno.test("SentEvents.since() gives what has followed, or nothing where it is not sure", () => {
  const sent = new SentEvents(limits);
  assertEquals(sent.since(undefined), []);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((offset) => event(offset));
  for (const each of [a, b, c]) sent.add(each!);
  assertEquals([sent.since(undefined), sent.since("a"), sent.since("c")], [
    [a!, b!, c!],
    [b!, c!],
    [],
  ]);
  sent.add(d!);
  assertEquals([sent.since(undefined), sent.since("a"), sent.since("b")], [undefined, undefined, [
    c!,
    d!,
  ]]);
  for (const wrong of ["x", 5, null, {}]) assertEquals(sent.since(wrong), undefined);
});

Deno.test("SentEvents holds no more bytes than it may", () => {
  const sent = new SentEvents(limits);
  sent.add(event("a", 60));
  sent.add(event("b", 60));
  assertEquals(sent.since("a"), undefined);
  sent.add(event("c", 1_000));
  assertEquals(sent.since("b"), undefined);
});

async function board(recorder: RecordingApp, data = "{}") {
  const client = await recorder.client();
  const answer = await client.connect(`0${data}`);
  const { sid, pid } = JSON.parse(answer.slice(answer.lastIndexOf("{")));
  return { client, sid, pid, ...recorder.last };
}

/** The last argument of an event. */
function offsetOf(packets: readonly string[]): string {
  return JSON.parse(packets.at(-1)!.slice(1)).at(-1);
}

async function comeBack(recorder: RecordingApp, auth: object): Promise<[PollingClient, string[]]> {
  const client = await recorder.client();
  await client.send(`0${JSON.stringify(auth)}`);
  return [client, await client.fetch()];
}

Deno.test("Recovery brings a client back with its id and what it has missed", async () => {
  const recorder = new RecordingApp({ recovery: true });
  const { client, sid, pid, peer, trace } = await board(recorder, '{"token":"t"}');
  peer.send(new Outgoing("note", 1));
  const offset = offsetOf(await client.fetch());
  await client.sendRaw("1");
  for (const number of [2, 3]) peer.send(new Outgoing("note", number));
  peer.send(new Outgoing("ask", 4, 9)); // nobody is there to answer
  const [again, packets] = await comeBack(recorder, { pid, offset, token: "t" });
  assertEquals(packets.map((packet) => packet.slice(0, 10)), [
    '2["note",2',
    '2["note",3',
    '0{"sid":"c',
  ]);
  assertEquals(JSON.parse(packets.at(-1)!.slice(1)), { sid, pid });
  assertEquals([trace, recorder.sessions.length], [[], 1]);
  assertEquals(recorder.auths, [{ token: "t" }, { token: "t" }]);
  await again.send('2["on"]');
  assertEquals(trace, [["on", undefined]]);
});

Deno.test("Recovery sends a client all where it has got nothing", async () => {
  const recorder = new RecordingApp({ recovery: true });
  const { client, pid, peer } = await board(recorder);
  await client.sendRaw("1");
  peer.send(new Outgoing("note", 1));
  const [, packets] = await comeBack(recorder, { pid });
  assertEquals(packets.length, 2);
});

Deno.test("Recovery tells of the end where a client does not come back in time", async () => {
  const recorder = new RecordingApp({ recovery: { duration: 5_000 } });
  const { client, pid, trace } = await board(recorder);
  await client.sendRaw("1");
  recorder.clock.pass(4_000);
  assertEquals(trace, []);
  recorder.clock.pass(1_300);
  await Promise.resolve();
  assertEquals(trace, [{ code: 1006, reason: "transport close", wasClean: false }]);
  const [, packets] = await comeBack(recorder, { pid });
  assertNotEquals(JSON.parse(packets[0]!.slice(1)).pid, pid);
  assertEquals(recorder.sessions.length, 2);
});

Deno.test("Recovery takes a client from a transport that is thought to live", async () => {
  const recorder = new RecordingApp({ recovery: true });
  const { client, pid, sid, trace } = await board(recorder);
  const poll = client.fetch();
  const [, packets] = await comeBack(recorder, { pid });
  assertEquals(JSON.parse(packets[0]!.slice(1)), { sid, pid });
  assertEquals([await poll, await client.fetch(), trace], [["6"], ["400"], []]);
});

Deno.test("hostile 250: Recovery gives nobody the place of another", async () => {
  const recorder = new RecordingApp({ recovery: true });
  const { client, pid, sid } = await board(recorder, '{"token":"ada"}');
  await client.sendRaw("1");
  const wrong: readonly object[] = [
    { pid, token: "bob" },
    { pid },
    { pid: "x", token: "ada" },
    { pid: 5, token: "ada" },
    { pid: "__proto__", token: "ada" },
    { pid, offset: "zz", token: "ada" },
    { pid, offset: { $ne: 1 }, token: "ada" },
  ];
  for (const auth of wrong) {
    const [, packets] = await comeBack(recorder, auth);
    const answer = JSON.parse(packets[0]!.slice(1));
    assert(answer.sid !== sid && answer.pid !== pid, JSON.stringify(auth));
  }
  const deck = await recorder.client();
  const answer = await deck.connect(`0/deck,{"pid":"${pid}","token":"ada"}`);
  assert(!answer.includes(pid), answer);
  const [, packets] = await comeBack(recorder, { pid, token: "ada" });
  assertEquals(JSON.parse(packets[0]!.slice(1)), { sid, pid });
});

Deno.test("hostile 250: Recovery waits for a bounded number of clients", async () => {
  const recorder = new RecordingApp({ recovery: { maxSleepers: 2 } });
  const boarded = [await board(recorder), await board(recorder), await board(recorder)];
  for (const { client } of boarded) await client.sendRaw("1");
  assertEquals(boarded.map(({ trace }) => trace.length), [1, 0, 0]);
});

Deno.test("Recovery waits for nobody who has left, or was sent away", async () => {
  const recorder = new RecordingApp({ recovery: true });
  const left = await board(recorder);
  await left.client.send("1");
  const sent = await board(recorder);
  sent.peer.close(1008, "Go");
  await Promise.resolve();
  assertEquals([left.trace.length, sent.trace.length], [1, 1]);
  for (const { pid } of [left, sent]) {
    const [, packets] = await comeBack(recorder, { pid });
    assert(!packets.join().includes(pid));
  }
});

Deno.test("Recovery ends with its server", async () => {
  const recorder = new RecordingApp({ recovery: true });
  const { client, trace } = await board(recorder);
  await client.sendRaw("1");
  recorder.wire.shutdown?.({ code: 1001, reason: "Shutting down" });
  await Promise.resolve();
  assertEquals(trace, [{ code: 1001, reason: "Shutting down", wasClean: false }]);
});
