import { assertEquals, assertThrows } from "@std/assert";
import { InvalidRunError } from "../../../bench/peers/results/sample.ts";
import { medianSample } from "../../../bench/peers/results/statistics.ts";
import { parseSample } from "../../../bench/scale/sample.ts";

const line = {
  window_s: 2,
  deliveries: 400_000,
  places: 15_000,
  differ: 3_000,
  lost: 0,
  doubled: 0,
  p50_us: 800,
  p99_us: 2_000,
  self_cpu_s: 0.5,
  cpu_s: [1, 0.6, 0.4],
};

Deno.test("parseSample() divides the CPU time of nodes and Redis by the deliveries", () => {
  assertEquals(parseSample(JSON.stringify(line), 40), {
    perSecond: 5_000,
    cost: 5,
    redisCost: 1,
    differing: 0.2,
    places: 15_000,
    p50: 800,
    p99: 2_000,
    generatorLoad: 0.25,
  });
});

Deno.test("parseSample() refuses a run that has lost or doubled something, or brought nothing", () => {
  for (const change of [{ lost: 1 }, { doubled: 1 }, { deliveries: 0 }]) {
    assertThrows(() => parseSample(JSON.stringify({ ...line, ...change }), 40), InvalidRunError);
  }
});

Deno.test("medianSample() takes the median of each figure", () => {
  const samples = [400_000, 200_000, 800_000].map((deliveries) =>
    parseSample(JSON.stringify({ ...line, deliveries }), 40)
  );
  assertEquals(medianSample(samples).perSecond, 5_000);
  assertEquals(medianSample(samples).cost, 5);
});
