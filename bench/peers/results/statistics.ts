/** Statistics over several rounds. */

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
export function medianSample<Sample extends { readonly [Figure in keyof Sample]: number }>(
  samples: readonly Sample[],
): Sample {
  const figures = Object.keys(samples[0]!) as (keyof Sample)[];
  const medians = figures.map((figure) => [figure, median(samples.map((each) => each[figure]))]);
  return Object.fromEntries(medians) as Sample; // the cast: all figures are there
}
