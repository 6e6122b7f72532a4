/** How long things take, counted in buckets that never change. */

/**
 * The counts of a histogram. Each duration is in the first bucket that it fits into; one that
 * is longer than the last bucket allows is in `count` and `sum` only.
 */
export interface HistogramStats {
  /**
   * How often something took no longer than `seconds`, but longer than the bucket before allows;
   * the shortest first.
   */
  readonly buckets: readonly { readonly seconds: number; readonly count: number }[];
  /** How often there was something. */
  readonly count: number;
  /** Seconds in all. */
  readonly sum: number;
}

/** Upper ends of the buckets in milliseconds; what takes longer is in none of them. */
const bounds = [1, 5, 25, 100, 500, 2_500, 10_000] as const;

/** Counts durations. */
export class Histogram {
  readonly #counts: number[] = bounds.map(() => 0);
  #count = 0;
  #sum = 0;

  /** Counts one. */
  observe(milliseconds: number): void {
    this.#count++;
    this.#sum += milliseconds;
    const index = bounds.findIndex((bound) => milliseconds <= bound);
    if (index >= 0) this.#counts[index]!++;
  }

  /** Returns a snapshot of the counts so far. */
  stats(): HistogramStats {
    return {
      buckets: bounds.map((bound, i) => ({ seconds: bound / 1000, count: this.#counts[i]! })),
      count: this.#count,
      sum: this.#sum / 1000,
    };
  }
}
