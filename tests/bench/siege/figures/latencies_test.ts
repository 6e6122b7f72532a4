import { assertEquals } from "@std/assert";
import { percentile, summarizeLatencies } from "../../../../bench/siege/figures/latencies.ts";

const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

Deno.test("percentile() is the value of the nearest rank", () => {
  assertEquals(percentile(hundred, 0.5), 50);
  assertEquals(percentile(hundred, 0.99), 99);
  assertEquals(percentile([7], 0.99), 7);
  assertEquals(percentile([1, 2, 3], 0), 1);
});

Deno.test("percentile() of nothing is NaN", () => {
  assertEquals(percentile([], 0.5), NaN);
});

Deno.test("summarizeLatencies() takes values in any order, as numbers", () => {
  const values = [...hundred.slice(50), 1_000, ...hundred.slice(0, 50)];
  assertEquals(summarizeLatencies(values), { count: 101, p50: 51, p99: 100, worst: 1_000 });
});
