/** Time as the client sees it: handed in, so that tests can let it pass. */

/** Tells the time and runs things later. */
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

/** The clock of the runtime. */
export const systemClock: Clock = {
  now(): number {
    return performance.now();
  },
  after(delay: number, run: () => void): () => void {
    const timer = setTimeout(run, delay);
    return () => clearTimeout(timer);
  },
};
