/** Event streams without a network. */

import { assert, assertEquals } from "@std/assert";
import { PositionList } from "../../../server/wire/position_list.ts";
import { SseOutlet } from "../../../server/wire/sse.ts";
import { ManualClock } from "../../support/clients.ts";
import { EventStream } from "../../support/event_stream.ts";

interface Setup {
  readonly outlet: SseOutlet;
  readonly positions: PositionList;
  readonly clock: ManualClock;
  /** How often the reader was found gone. */
  readonly gone: () => number;
}

function setUp(): Setup {
  const clock = new ManualClock();
  const positions = new PositionList(["deck"]);
  let gone = 0;
  const outlet = new SseOutlet(positions, { clock, heartbeat: 25_000 }, () => void gone++);
  return { outlet, positions, clock, gone: () => gone };
}

const end = { code: 1000, reason: "bye" };

Deno.test("SseOutlet writes events, with an id where that has changed", async () => {
  const { outlet, positions } = setUp();
  outlet.push('{"n":0}');
  positions.sent("deck", { epoch: "e", seq: 1 });
  outlet.push('{"n":1}');
  outlet.push('{"n":2}');
  positions.sent("deck", { epoch: "e", seq: 2 });
  outlet.moved();
  outlet.moved();
  outlet.end(end, false);
  const text = await outlet.response().text();
  assertEquals(
    text.replace(/^retry: \d+/, "retry: 1"),
    [
      "retry: 1",
      'data: {"n":0}',
      'id: e:1\ndata: {"n":1}',
      'data: {"n":2}',
      "id: e:2",
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
  assertEquals(outlet.queuedBytes - before, 10 * (1_000 + "data: \n\n".length));
  outlet.end({ code: 1013, reason: "slow consumer" }, true);
  assertEquals(
    await outlet.response().text(),
    'event: close\ndata: {"code":1013,"reason":"slow consumer"}\n\n',
  );
  assertEquals(clock.size, 0);
});
