/** The rate limits of one client. */

import { assert, assertEquals } from "@std/assert";
import { ClientBuckets } from "../../../../server/app/limits/client_buckets.ts";
import {
  type RateLimitOptions,
  resolveRateLimit,
} from "../../../../server/app/limits/rate_limit.ts";
import { ManualClock } from "../../../support/clients.ts";

function bucketsWith(
  options: RateLimitOptions = {},
): { buckets: ClientBuckets; clock: ManualClock } {
  const clock = new ManualClock();
  return { buckets: new ClientBuckets(resolveRateLimit({ now: clock.now, ...options })), clock };
}

Deno.test("ClientBuckets.isFull is true until something is taken, and again once it has come back", () => {
  const { buckets, clock } = bucketsWith({ events: { report: { perSecond: 0.5, burst: 1 } } });
  assert(buckets.isFull);
  assertEquals([buckets.take(), buckets.takeEvent("report")], [undefined, undefined]);
  clock.time += 1_000;
  assertEquals(buckets.isFull, false, "the event's bucket is not");
  clock.time += 1_000;
  assert(buckets.isFull);
  assert(buckets.takeRefusal());
  assertEquals(buckets.isFull, false);
});

Deno.test("ClientBuckets.take() tells which bucket has too few", () => {
  const { buckets } = bucketsWith({ perSecond: 1, burst: 3, events: { report: { perSecond: 4 } } });
  assertEquals([buckets.take(2), buckets.take(2)?.perSecond], [undefined, 1]);
  buckets.put(1);
  assertEquals(buckets.take(2), undefined);
  for (let i = 0; i < 8; i++) assertEquals(buckets.takeEvent("report"), undefined);
  assertEquals([buckets.takeEvent("report")?.perSecond, buckets.takeEvent("x")], [4, undefined]);
});

Deno.test("ClientBuckets.passOn() forgives a burst of refusals, and never takes one away", () => {
  const { buckets } = bucketsWith({ burst: 2 });
  for (let i = 0; i < 10; i++) assert(buckets.takeRefusal());
  assertEquals(buckets.takeRefusal(), false);
  buckets.passOn();
  assertEquals([buckets.takeRefusal(), buckets.takeRefusal(), buckets.takeRefusal()], [
    true,
    true,
    false,
  ]);
  const { buckets: fresh } = bucketsWith({ burst: 2 });
  fresh.passOn();
  for (let i = 0; i < 10; i++) assert(fresh.takeRefusal());
});
