/** Event streams without a network. */

import { assert, assertEquals } from "@std/assert";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import { PositionList } from "../../../../server/wires/fallback/position_list.ts";
import {
  type SharedEvent,
  sharedEvent,
  SharedEvents,
} from "../../../../server/wires/fallback/queued_event.ts";
import { SseTransport } from "../../../../server/wires/fallback/sse.ts";
import { ManualClock } from "../../../support/clients.ts";
import { EventStream } from "../../../support/event_stream.ts";

interface Setup {
  readonly transport: SseTransport;
  readonly clock: ManualClock;
  /** How often the reader was found gone. */
  readonly gone: () => number;
}

function setUp(): Setup {
  const clock = new ManualClock();
  let gone = 0;
  const transport = new SseTransport(
    new PositionList(["deck"]),
    { clock, heartbeat: 25_000, events: new SharedEvents(new MemoryBudget(1 << 20, clock.now)) },
    () => void gone++,
  );
  return { transport, clock, gone: () => gone };
}

const end = { code: 1000, reason: "bye" };

function noteAt(seq: number): SharedEvent {
  return sharedEvent(new Outgoing("note", {}, undefined, { room: "deck", epoch: "e", seq }));
}

Deno.test("SseTransport writes events, with an id where that has changed", async () => {
  const { transport } = setUp();
  transport.push('{"n":0}');
  transport.push(noteAt(1));
  transport.push('{"n":2}');
  for (let i = 0; i < 2; i++) {
    transport.joined("deck", { position: { epoch: "e", seq: 2 }, recovered: true });
  }
  transport.push(noteAt(2));
  transport.end(end, false);
  const text = await transport.response().text();
  assertEquals(
    text.replace(/^retry: \d+/, "retry: 1"),
    [
      "retry: 1",
      'data: {"n":0}',
      'id: e:1\ndata: {"type":"note","stream":"deck","seq":1}',
      'data: {"n":2}',
      "id: e:2",
      'data: {"type":"note","stream":"deck","seq":2}',
      'event: close\ndata: {"code":1000,"reason":"bye"}',
      "",
    ].join("\n\n"),
  );
});

Deno.test("SseTransport.response() is an event stream that neither cache nor proxy holds back", async () => {
  const { transport, gone } = setUp();
  const { status, headers, body } = transport.response();
  assertEquals(status, 200);
  assertEquals(headers.get("content-type"), "text/event-stream");
  assertEquals(headers.get("cache-control"), "no-store, no-transform");
  assertEquals(headers.get("x-accel-buffering"), "no");
  await body?.cancel();
  assertEquals(gone(), 1);
  transport.end(end, true);
});

Deno.test("SseTransport asks browsers not to return all at once", async () => {
  const delays = await Promise.all(Array.from({ length: 20 }, async () => {
    const { transport } = setUp();
    const stream = new EventStream(transport.response());
    transport.end(end, false);
    await stream.next();
    await stream.next();
    return stream.retry ?? 0;
  }));
  assert(delays.every((delay) => delay >= 2_000 && delay < 4_000), `${delays}`);
  assert(new Set(delays).size > 1, `${delays}`);
});

Deno.test("SseTransport wakes a reader that waits", async () => {
  const { transport } = setUp();
  const stream = new EventStream(transport.response());
  const first = stream.next();
  transport.push('{"n":1}');
  assertEquals((await first)?.data, { n: 1 });
  assertEquals(transport.queuedBytes, 0);
  const last = stream.next();
  transport.end(end, false);
  assertEquals(await last, { event: "close", id: "", data: end });
  assertEquals(await stream.next(), undefined);
});

Deno.test("SseTransport writes a comment at each heartbeat, unless something waits", async () => {
  const { transport, clock } = setUp();
  const before = transport.queuedBytes;
  clock.pass(30_000);
  assertEquals(transport.queuedBytes, before);
  const stream = new EventStream(transport.response());
  transport.push("1");
  await stream.next();
  const next = stream.next();
  for (let i = 1; i <= 3; i++) clock.pass(25_000);
  transport.push("2");
  await next;
  assert(stream.comments >= 1, `${stream.comments}`);
  transport.end(end, false);
  assertEquals(clock.size, 0);
});

Deno.test("hostile 88: SseTransport counts what waits, and drops it at the end of a slow client", async () => {
  const { transport, clock } = setUp();
  const before = transport.queuedBytes;
  for (let i = 0; i < 10; i++) transport.push("x".repeat(1_000));
  assertEquals(transport.queuedBytes - before, 10 * 1_000);
  transport.end({ code: 1013, reason: "slow consumer" }, true);
  assertEquals(
    await transport.response().text(),
    'event: close\ndata: {"code":1013,"reason":"slow consumer"}\n\n',
  );
  assertEquals(clock.size, 0);
});

Deno.test("hostile 143: SseTransport holds no copy of what waits for a reader", async () => {
  const { transport } = setUp();
  const event = sharedEvent(new Outgoing("note", { text: "x".repeat(1 << 20) }));
  const reader = transport.response().body!.getReader();
  await reader.read();
  for (let i = 0; i < 3; i++) transport.push(event);
  assertEquals(transport.queuedBytes, 3 * event.line.length);
  let read = 0;
  while (transport.queuedBytes > 0) {
    const { value } = await reader.read();
    assert(value!.length <= 16_384);
    if (value!.buffer !== event.line.buffer) {
      assert(read % event.line.length + 16_384 > event.line.length);
    }
    read += value!.length;
    assertEquals([transport.queuedBytes, transport.takenBytes >= read], [
      3 * event.line.length - read,
      true,
    ]);
  }
  assertEquals(read, 3 * event.line.length);
  transport.end(end, false);
  await reader.cancel();
});

Deno.test("hostile 143: SseTransport forgets what it has written while more waits", async () => {
  const { transport } = setUp();
  const stream = new EventStream(transport.response());
  transport.push('"first"');
  for (let i = 0; i < 10_000; i++) {
    transport.push(`${i}`);
    assertEquals((await stream.next())?.data, i === 0 ? "first" : i - 1);
  }
  assert(transport.queuedBytes < 100);
  transport.end(end, true);
  await stream[Symbol.asyncDispose]();
});

Deno.test("SseTransport.end() ends an event that is written in part, and drops the rest", async () => {
  const { transport } = setUp();
  const reader = transport.response().body!.getReader();
  const place = { room: "deck", epoch: "e", seq: 7 };
  const event = sharedEvent(new Outgoing("note", { text: "x".repeat(50_000) }, undefined, place));
  transport.push(event);
  transport.push(noteAt(8));
  const decoder = new TextDecoder();
  let text = decoder.decode((await reader.read()).value);
  transport.end({ code: 1013, reason: "slow consumer" }, true);
  for (let part; !(part = await reader.read()).done;) text += decoder.decode(part.value);
  const [, note, close, ...rest] = text.split("\n\n");
  const data = `{"type":"note","text":"${"x".repeat(50_000)}","stream":"deck","seq":7}`;
  assertEquals(note, `id: e:7\ndata: ${data}`);
  assertEquals(close, 'event: close\ndata: {"code":1013,"reason":"slow consumer"}');
  assertEquals(rest, [""]);
});
