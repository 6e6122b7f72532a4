import { assertEquals } from "@std/assert";
import { median, medianSample } from "../../../../bench/peers/results/statistics.ts";
import { sample } from "../fixtures.ts";

Deno.test("median() takes the middle of an odd number of values", () => {
  assertEquals(median([9, 1, 10]), 9);
});

Deno.test("median() takes the mean of the two in the middle", () => {
  assertEquals(median([4, 1, 2, 100]), 3);
});

Deno.test("median() of nothing is NaN", () => {
  assertEquals(median([]), NaN);
});

Deno.test("medianSample() takes each figure on its own", () => {
  const samples = [
    sample({ cost: 1, p99: 30 }),
    sample({ cost: 2, p99: 10 }),
    sample({ cost: 3, p99: 20 }),
  ];
  assertEquals(medianSample(samples), sample({ cost: 2, p99: 20 }));
});
