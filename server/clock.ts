/** Time as the application sees it: handed in, so that tests can let it pass. */

/**
 * Tells the time and runs things later: the option `clock` of an application. All of its timers go
 * by it; those of connections, such as pings, do not.
 */
export interface Clock {
  /** Milliseconds from any origin; it never goes back. */
  now(): number;
  /**
   * Runs something once, and never before this call has returned.
   *
   * @param delay Milliseconds from now.
   * @param run What to run.
   * @returns A function that calls it off; it does nothing once it has run.
   */
  after(delay: number, run: () => void): () => void;
}

/** The clock of the runtime. Its timers do not keep the process alive: what serves an application does. */
export const systemClock: Clock = {
  now(): number {
    return performance.now();
  },
  after(delay: number, run: () => void): () => void {
    const timer = setTimeout(run, delay);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
