import { assert, assertEquals } from "@std/assert";
import { rateOf, readRate, TokenBucket } from "../../../client/transports/token_bucket.ts";
import { ManualClock } from "../../support/clients.ts";

/** How many tokens there are. */
function drain(bucket: TokenBucket): number {
  let count = 0;
  while (bucket.take()) count++;
  return count;
}

Deno.test("TokenBucket.take() takes so many at once, then so many a second", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, clock);
  assertEquals([drain(bucket), Math.round(bucket.delay)], [3, 100]);
  clock.pass(99);
  assertEquals(drain(bucket), 0);
  clock.pass(1);
  assertEquals(drain(bucket), 1);
  clock.pass(60_000);
  assertEquals([bucket.delay, drain(bucket)], [0, 3]);
});

Deno.test("TokenBucket.take() loses no part of a token, however often it is asked", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ perSecond: 3, burst: 1 }, clock);
  let count = 0;
  for (let at = 0; at < 10_000; at++) {
    count += drain(bucket);
    clock.pass(1);
  }
  // One at once, then three a second for ten seconds; each is noticed up to 1 ms late.
  assert(count >= 30 && count <= 31, `${count}`);
});

Deno.test("TokenBucket.turn() waits for a token", async () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, clock);
  const { signal } = new AbortController();
  await bucket.turn(signal);
  let isOver = false;
  const turn = bucket.turn(signal).then(() => isOver = true);
  clock.pass(999);
  assertEquals(isOver, false);
  clock.pass(1);
  await turn;
  assertEquals([clock.size, bucket.take()], [0, false]);
});

Deno.test("TokenBucket.turn() ends with the signal", async () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, clock);
  bucket.take();
  const abort = new AbortController();
  const turn = bucket.turn(abort.signal);
  abort.abort();
  await turn;
  await bucket.turn(abort.signal);
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
