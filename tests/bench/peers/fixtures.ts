/** Samples and reports for tests. */

import type { LoadResult, Report } from "../../../bench/peers/results/report.ts";
import type { Sample } from "../../../bench/peers/results/sample.ts";

/** A sample in which only some figures matter. */
export function sample(figures: Partial<Sample> = {}): Sample {
  return {
    cost: 1,
    perSecond: 1_000_000,
    p50: 100,
    p99: 2_000,
    rss: 64,
    bytesBack: 34,
    generatorLoad: 0.5,
    ...figures,
  };
}

/** The result of a load, by the cost of each server. */
export function loadResult(
  costs: Readonly<Record<string, number>>,
  load: Partial<LoadResult> = {},
): LoadResult {
  const results = Object.entries(costs).map(([server, cost]) => {
    const median = sample({ cost });
    return [server, { median, rounds: [median] }] as const;
  });
  return {
    name: "echo-32",
    title: "Echo 32 B",
    unit: "us/message",
    compress: false,
    results: Object.fromEntries(results),
    ...load,
  };
}

/** A report of two servers. */
export function report(loads: readonly LoadResult[], more: Partial<Report> = {}): Report {
  return {
    date: "2026-11-23T10:00:00.000Z",
    command: "deno task bench:peers --rounds 1",
    machine: "A machine, 2 cores",
    rounds: 1,
    seconds: 3,
    servers: [
      { name: "hawser", label: "Hawser", version: "1" },
      { name: "ws", label: "ws", version: "8" },
    ],
    loads,
    remarks: [],
    ...more,
  };
}
