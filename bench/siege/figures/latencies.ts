/** Statistics of a list of times. */

/** Times of messages, in milliseconds. */
export interface Latencies {
  /** How many there are. */
  readonly count: number;
  /** Half of them were no longer. */
  readonly p50: number;
  /** 99 of 100 were no longer. */
  readonly p99: number;
  /** The longest one. */
  readonly worst: number;
}

/**
 * Finds a percentile by the nearest rank: a value that was measured, none between two.
 *
 * @param sorted Values in ascending order.
 * @param share From 0 to 1: as many of the values are no larger.
 * @returns The value; NaN where there is none.
 */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.max(rank, 1) - 1] ?? NaN;
}

/**
 * Sums up times.
 *
 * @param values In any order.
 * @returns The percentiles; NaN where there is no value.
 */
export function summarizeLatencies(values: readonly number[]): Latencies {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    worst: sorted.at(-1) ?? NaN,
  };
}
