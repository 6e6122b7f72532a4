/** Token buckets that several clients share, by user or by address. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { SharedBuckets } from "../../../../server/app/limits/shared_buckets.ts";
import { ManualClock } from "../../../support/clients.ts";

const rate = { perSecond: 1, burst: 2 };

Deno.test("SharedBuckets.get() gives one bucket for each key", () => {
  const buckets = new SharedBuckets(rate, new ManualClock().now);
  assertStrictEquals(buckets.get("a"), buckets.get("a"));
  for (const key of ["a", "a", "__proto__"]) buckets.get(key).take();
  assertEquals([buckets.get("a").take(), buckets.get("__proto__").take()], [false, true]);
});

Deno.test("hostile 90: SharedBuckets forgets the least recently used", () => {
  const buckets = new SharedBuckets(rate, new ManualClock().now, 2);
  const [a, b] = [buckets.get("a"), buckets.get("b")];
  buckets.get("a");
  buckets.get("c");
  assertEquals(buckets.size, 2);
  assertStrictEquals(buckets.get("a"), a);
  assertEquals(buckets.get("b") === b, false);
  for (let i = 0; i < 100; i++) buckets.get(`${i}`);
  assertEquals(buckets.size, 2);
});
