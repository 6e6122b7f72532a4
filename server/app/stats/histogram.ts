/** How long things take, counted in buckets that never change. */

/**
 * What a histogram has counted. Each duration is in the first bucket that it fits into; one that
 * is longer than the last bucket allows is in `count` and `sum` only.
 *
 * @example How long handlers took
 * ```ts
 * import { App, type HistogramStats, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * let now = 0;
 * const app = new App<{ work: number }>({
 *   measure: true,
 *   clock: { now: () => now, after: () => () => {} },
 * });
 * app.on("work", (_client, milliseconds) => void (now += milliseconds));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * for (const milliseconds of [3, 20, 12_000]) await client.emitWithAck("work", milliseconds);
 *
 * const times: HistogramStats | undefined = app.stats()["/"]?.handlerTimes;
 * assertEquals(times?.buckets.filter(({ count }) => count > 0), [
 *   { seconds: 0.005, count: 1 },
 *   { seconds: 0.025, count: 1 },
 * ]);
 * assertEquals([times?.count, times?.sum], [3, 12.023]);
 * ```
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

  /** What it has counted so far. */
  stats(): HistogramStats {
    return {
      buckets: bounds.map((bound, i) => ({ seconds: bound / 1000, count: this.#counts[i]! })),
      count: this.#count,
      sum: this.#sum / 1000,
    };
  }
}
