/** Time as the client sees it: handed in, so that tests can let it pass. */

/**
 * Tells the time and runs things later.
 */
export interface Clock {
  /** Milliseconds from any origin; it never goes back. */
  now(): number;
  /**
   * Runs something once.
   *
   * @param delay Milliseconds from now.
   * @param run What to run.
   * @returns Calls it off.
   */
  after(delay: number, run: () => void): () => void;
}

/** The longest delay of `setTimeout`, HTML standard §8.6: it takes a longer one for 1 ms. */
const longestTimer = 2 ** 31 - 1;

/** The clock of the runtime. A delay may be of any length; `Infinity` and NaN are never over. */
export const systemClock: Clock = {
  now(): number {
    return performance.now();
  },
  after(delay: number, run: () => void): () => void {
    const end = performance.now() + delay;
    let timer: ReturnType<typeof setTimeout> | undefined;
    function wait(left: number): void {
      // Without a timer nothing keeps the program running, either.
      if (!(left <= Number.MAX_SAFE_INTEGER)) return;
      if (left <= longestTimer) timer = setTimeout(run, left);
      else timer = setTimeout(() => wait(end - performance.now()), longestTimer);
    }
    wait(delay);
    return () => clearTimeout(timer);
  },
};
