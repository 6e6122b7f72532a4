/** Tests of server/app/stats/histogram.ts. */

import { assertEquals } from "@std/assert";
import { Histogram } from "../../../../server/app/stats/histogram.ts";

Deno.test("Histogram.observe() counts each duration in one bucket, the longest in none", () => {
  const histogram = new Histogram();
  for (const milliseconds of [0, 1, 1.5, 100, 10_000, 10_001]) histogram.observe(milliseconds);
  const { buckets, count, sum } = histogram.stats();
  assertEquals(buckets.map(({ seconds }) => seconds), [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]);
  assertEquals(buckets.map(({ count }) => count), [2, 1, 0, 1, 0, 0, 1]);
  assertEquals([count, sum], [6, 20.1035]);
});

Deno.test("Histogram.stats() is a snapshot", () => {
  const histogram = new Histogram();
  const before = histogram.stats();
  histogram.observe(3);
  assertEquals([before.count, before.buckets[1]!.count], [0, 0]);
});
