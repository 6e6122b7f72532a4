/** A token bucket: an average rate with room for bursts. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TokenBucket } from "../../../../server/app/limits/token_bucket.ts";
import { ManualClock } from "../../../support/clients.ts";

function takeAll(bucket: TokenBucket): number {
  let taken = 0;
  while (bucket.take()) taken++;
  return taken;
}

Deno.test("TokenBucket holds its burst at first", () => {
  const bucket = new TokenBucket(10, 20, new ManualClock().now);
  assertEquals(takeAll(bucket), 20);
});

Deno.test("TokenBucket gains its rate over time, up to the burst", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(10, 20, clock.now);
  takeAll(bucket);
  clock.time += 500;
  assertEquals(takeAll(bucket), 5);
  clock.time += 60_000;
  assertEquals(takeAll(bucket), 20);
});

Deno.test("TokenBucket.retryAfter says when there is a token again", () => {
  let time = 0;
  const bucket = new TokenBucket(3, 1, () => time);
  assertEquals(bucket.retryAfter(), 0);
  bucket.take();
  assertEquals(bucket.retryAfter(), 0.334);
  time += 334;
  assertEquals([bucket.retryAfter(), bucket.take()], [0, true]);
});

Deno.test("TokenBucket keeps fractions of a token", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(10, 20, clock.now);
  takeAll(bucket);
  clock.time += 60;
  assert(!bucket.take());
  clock.time += 60;
  assert(bucket.take());
});

Deno.test("hostile 122: TokenBucket gains nothing from a clock that steps back", () => {
  const clock = new ManualClock();
  clock.time = 3_600_000;
  const bucket = new TokenBucket(10, 20, clock.now);
  takeAll(bucket);
  clock.time = 0;
  assert(!bucket.take());
  clock.time = 100;
  assert(bucket.take());
  assert(!bucket.take());
});

Deno.test("TokenBucket never gives more than the burst and the rate allow", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ wait: fc.nat(2_000), tries: fc.nat(40) })),
    (steps) => {
      const clock = new ManualClock();
      const bucket = new TokenBucket(10, 20, clock.now);
      let taken = 0;
      for (const { wait, tries } of steps) {
        clock.time += wait;
        for (let i = 0; i < tries; i++) if (bucket.take()) taken++;
        assert(taken <= 20 + clock.time * 10 / 1000 + 1e-6);
      }
    },
  ));
});

Deno.test("TokenBucket.isFull tells whether it is as good as new", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(3, 2, clock.now);
  assertEquals(bucket.isFull, true);
  bucket.take();
  assertEquals(bucket.isFull, false);
  clock.time += 334;
  assertEquals(bucket.isFull, true);
});

Deno.test("TokenBucket.raiseTo() adds up to a number, and no more than it holds", () => {
  const bucket = new TokenBucket(1, 4, new ManualClock().now);
  takeAll(bucket);
  bucket.raiseTo(2);
  assertEquals(bucket.available, 2);
  bucket.raiseTo(1);
  assertEquals(bucket.available, 2);
  bucket.raiseTo(9);
  assertEquals(bucket.available, 4);
});

Deno.test("TokenBucket.put() gives back what was taken, and no more", () => {
  const bucket = new TokenBucket(1, 2, new ManualClock().now);
  takeAll(bucket);
  for (const available of [1, 2, 2]) {
    bucket.put();
    assertEquals(bucket.available, available);
  }
});

Deno.test("TokenBucket.take() takes several at once, and at the most all", () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(10, 4, clock.now);
  assertEquals([bucket.take(3), bucket.take(2), bucket.available], [true, false, 1]);
  assertEquals([bucket.retryAfter(2), bucket.retryAfter(100)], [0.1, 0.3]);
  bucket.put(2);
  assertEquals(bucket.available, 3);
  bucket.put(9);
  assertEquals([bucket.available, bucket.take(100), bucket.available], [4, true, 0]);
});
