/** Statistics over several rounds. */

import type { Sample } from "./sample.ts";

/**
 * Finds the middle of some numbers.
 *
 * @param values In any order.
 * @returns The middle one, or the mean of the two in the middle; NaN where there is none.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  const upper = sorted[middle]!;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/**
 * Takes the median of each figure on its own.
 *
 * @param samples One for each round, at least one.
 * @returns The medians.
 */
export function medianSample(samples: readonly Sample[]): Sample {
  const of = (figure: keyof Sample) => median(samples.map((sample) => sample[figure]));
  return {
    cost: of("cost"),
    perSecond: of("perSecond"),
    p50: of("p50"),
    p99: of("p99"),
    rss: of("rss"),
    bytesBack: of("bytesBack"),
    generatorLoad: of("generatorLoad"),
  };
}
