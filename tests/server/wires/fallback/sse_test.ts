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
import { SseOutlet } from "../../../../server/wires/fallback/sse.ts";
import { ManualClock } from "../../../support/clients.ts";
import { EventStream } from "../../../support/event_stream.ts";

interface Setup {
  readonly outlet: SseOutlet;
  readonly clock: ManualClock;
  /** How often the reader was found gone. */
  readonly gone: () => number;
}

function setUp(): Setup {
  const clock = new ManualClock();
  let gone = 0;
  const outlet = new SseOutlet(
    new PositionList(["deck"]),
    { clock, heartbeat: 25_000, events: new SharedEvents(new MemoryBudget(1 << 20, clock.now)) },
    () => void gone++,
  );
  return { outlet, clock, gone: () => gone };
}

const end = { code: 1000, reason: "bye" };

function noteAt(seq: number): SharedEvent {
  return sharedEvent(new Outgoing("note", {}, undefined, { room: "deck", epoch: "e", seq }));
}

Deno.test("SseOutlet writes events, with an id where that has changed", async () => {
  const { outlet } = setUp();
  outlet.push('{"n":0}');
  outlet.push(noteAt(1));
  outlet.push('{"n":2}');
  for (let i = 0; i < 2; i++) {
    outlet.joined("deck", { position: { epoch: "e", seq: 2 }, recovered: true });
  }
  outlet.push(noteAt(2));
  outlet.end(end, false);
  const text = await outlet.response().text();
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

Deno.test("SseOutlet.response() is an event stream that neither cache nor proxy holds back", async () => {
  const { outlet, gone } = setUp();
  const { status, headers, body } = outlet.response();
  assertEquals(status, 200);
  assertEquals(headers.get("content-type"), "text/event-stream");
  assertEquals(headers.get("cache-control"), "no-store, no-transform");
  assertEquals(headers.get("x-accel-buffering"), "no");
  await body?.cancel();
  assertEquals(gone(), 1);
  outlet.end(end, true);
});

Deno.test("SseOutlet asks browsers not to return all at once", async () => {
  const delays = await Promise.all(Array.from({ length: 20 }, async () => {
    const { outlet } = setUp();
    const stream = new EventStream(outlet.response());
    outlet.end(end, false);
    await stream.next();
    await stream.next();
    return stream.retry ?? 0;
  }));
  assert(delays.every((delay) => delay >= 2_000 && delay < 4_000), `${delays}`);
  assert(new Set(delays).size > 1, `${delays}`);
});

Deno.test("SseOutlet wakes a reader that waits", async () => {
  const { outlet } = setUp();
  const stream = new EventStream(outlet.response());
  const first = stream.next();
  outlet.push('{"n":1}');
  assertEquals((await first)?.data, { n: 1 });
  assertEquals(outlet.queuedBytes, 0);
  const last = stream.next();
  outlet.end(end, false);
  assertEquals(await last, { event: "close", id: "", data: end });
  assertEquals(await stream.next(), undefined);
});

Deno.test("SseOutlet writes a comment at each heartbeat, unless something waits", async () => {
  const { outlet, clock } = setUp();
  const before = outlet.queuedBytes;
  clock.pass(30_000);
  assertEquals(outlet.queuedBytes, before);
  const stream = new EventStream(outlet.response());
  outlet.push("1");
  await stream.next();
  const next = stream.next();
  for (let i = 1; i <= 3; i++) clock.pass(25_000);
  outlet.push("2");
  await next;
  assert(stream.comments >= 1, `${stream.comments}`);
  outlet.end(end, false);
  assertEquals(clock.size, 0);
});

Deno.test("hostile 88: SseOutlet counts what waits, and drops it at the end of a slow client", async () => {
  const { outlet, clock } = setUp();
  const before = outlet.queuedBytes;
  for (let i = 0; i < 10; i++) outlet.push("x".repeat(1_000));
  assertEquals(outlet.queuedBytes - before, 10 * 1_000);
  outlet.end({ code: 1013, reason: "slow consumer" }, true);
  assertEquals(
    await outlet.response().text(),
    'event: close\ndata: {"code":1013,"reason":"slow consumer"}\n\n',
  );
  assertEquals(clock.size, 0);
});

Deno.test("hostile 143: SseOutlet holds no copy of what waits for a reader", async () => {
  const { outlet } = setUp();
  const event = sharedEvent(new Outgoing("note", { text: "x".repeat(1 << 20) }));
  const reader = outlet.response().body!.getReader();
  await reader.read();
  for (let i = 0; i < 3; i++) outlet.push(event);
  assertEquals(outlet.queuedBytes, 3 * event.line.length);
  let read = 0;
  while (outlet.queuedBytes > 0) {
    const { value } = await reader.read();
    assert(value!.length <= 16_384);
    if (value!.buffer !== event.line.buffer) {
      assert(read % event.line.length + 16_384 > event.line.length);
    }
    read += value!.length;
    assertEquals([outlet.queuedBytes, outlet.takenBytes >= read], [
      3 * event.line.length - read,
      true,
    ]);
  }
  assertEquals(read, 3 * event.line.length);
  outlet.end(end, false);
  await reader.cancel();
});

Deno.test("hostile 143: SseOutlet forgets what it has written while more waits", async () => {
  const { outlet } = setUp();
  const stream = new EventStream(outlet.response());
  outlet.push('"first"');
  for (let i = 0; i < 10_000; i++) {
    outlet.push(`${i}`);
    assertEquals((await stream.next())?.data, i === 0 ? "first" : i - 1);
  }
  assert(outlet.queuedBytes < 100);
  outlet.end(end, true);
  await stream[Symbol.asyncDispose]();
});

Deno.test("SseOutlet.end() ends an event that is written in part, and drops the rest", async () => {
  const { outlet } = setUp();
  const reader = outlet.response().body!.getReader();
  const place = { room: "deck", epoch: "e", seq: 7 };
  const event = sharedEvent(new Outgoing("note", { text: "x".repeat(50_000) }, undefined, place));
  outlet.push(event);
  outlet.push(noteAt(8));
  const decoder = new TextDecoder();
  let text = decoder.decode((await reader.read()).value);
  outlet.end({ code: 1013, reason: "slow consumer" }, true);
  for (let part; !(part = await reader.read()).done;) text += decoder.decode(part.value);
  const [, note, close, ...rest] = text.split("\n\n");
  const data = `{"type":"note","text":"${"x".repeat(50_000)}","stream":"deck","seq":7}`;
  assertEquals(note, `id: e:7\ndata: ${data}`);
  assertEquals(close, 'event: close\ndata: {"code":1013,"reason":"slow consumer"}');
  assertEquals(rest, [""]);
});
