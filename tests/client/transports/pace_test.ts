import { assert, assertEquals } from "@std/assert";
import { Pace, rateOf, readRate } from "../../../client/transports/pace.ts";
import { ManualClock } from "../../support/clients.ts";

/** How many tokens there are. */
function drain(pace: Pace): number {
  let count = 0;
  while (pace.take()) count++;
  return count;
}

Deno.test("Pace.take() takes so many at once, then so many a second", () => {
  const clock = new ManualClock();
  const pace = new Pace({ perSecond: 10, burst: 3 }, clock);
  assertEquals([drain(pace), Math.round(pace.delay)], [3, 100]);
  clock.pass(99);
  assertEquals(drain(pace), 0);
  clock.pass(1);
  assertEquals(drain(pace), 1);
  clock.pass(60_000);
  assertEquals([pace.delay, drain(pace)], [0, 3]);
});

Deno.test("Pace.take() loses no part of a token, however often it is asked", () => {
  const clock = new ManualClock();
  const pace = new Pace({ perSecond: 3, burst: 1 }, clock);
  let count = 0;
  for (let at = 0; at < 10_000; at++) {
    count += drain(pace);
    clock.pass(1);
  }
  // One at once, then three a second for ten seconds; each is noticed up to 1 ms late.
  assert(count >= 30 && count <= 31, `${count}`);
});

Deno.test("Pace.turn() waits for a token", async () => {
  const clock = new ManualClock();
  const pace = new Pace({ perSecond: 1, burst: 1 }, clock);
  const { signal } = new AbortController();
  await pace.turn(signal);
  let isOver = false;
  const turn = pace.turn(signal).then(() => isOver = true);
  clock.pass(999);
  assertEquals(isOver, false);
  clock.pass(1);
  await turn;
  assertEquals([clock.size, pace.take()], [0, false]);
});

Deno.test("Pace.turn() ends with the signal", async () => {
  const clock = new ManualClock();
  const pace = new Pace({ perSecond: 1, burst: 1 }, clock);
  pace.take();
  const abort = new AbortController();
  const turn = pace.turn(abort.signal);
  abort.abort();
  await turn;
  await pace.turn(abort.signal);
  assertEquals(clock.size, 0);
});

Deno.test("readRate() keeps below what the server says", () => {
  assertEquals(readRate({ perSecond: 10, burst: 20 }), { perSecond: 9, burst: 18 });
  assertEquals(readRate({ perSecond: 10, burst: 1 }), { perSecond: 9, burst: 0 });
  assertEquals(readRate({ perSecond: 10, burst: -5 })?.burst, 0);
  for (const none of [null, false, undefined, {}, { perSecond: 0, burst: 1 }, { perSecond: "1" }]) {
    assertEquals(readRate(none), undefined);
  }
});

Deno.test("rateOf() makes a rate of a number", () => {
  assertEquals([rateOf(0), rateOf(5)], [undefined, { perSecond: 5, burst: 5 }]);
  assertEquals(rateOf(0.5), { perSecond: 0.5, burst: 1 });
});
