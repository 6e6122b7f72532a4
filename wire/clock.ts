/** Time: handed in, so that tests can let it pass. */

/** Tells the time and runs things later. */
export interface Clock {
  /** Milliseconds from any origin; it never goes back. */
  now(): number;
  /**
   * Runs something once, and never before this call has returned.
   *
   * @param delay Milliseconds from now.
   * @param run The function to call.
   * @returns A function that calls it off; it does nothing once it has run.
   */
  after(delay: number, run: () => void): () => void;
}

/** A timer of the runtime. */
export type Timer = ReturnType<typeof setTimeout>;

/** The longest delay of `setTimeout`, HTML standard §8.6: it takes a longer one for 1 ms. */
export const longestTimer = 2 ** 31 - 1;

/**
 * Makes the clock of the runtime. A delay may be of any length; `Infinity` and NaN are never over.
 *
 * @param started Called with each timer, such as to let the program end before it.
 */
export function runtimeClock(started: (timer: Timer) => void = () => {}): Clock {
  return {
    now(): number {
      return performance.now();
    },
    after(delay: number, run: () => void): () => void {
      const end = performance.now() + delay;
      let timer: Timer | undefined;
      function wait(left: number): void {
        // Without a timer nothing keeps the program running, either.
        if (!(left <= Number.MAX_SAFE_INTEGER)) return;
        timer = left <= longestTimer
          ? setTimeout(run, left)
          : setTimeout(() => wait(end - performance.now()), longestTimer);
        started(timer);
      }
      wait(delay);
      return () => clearTimeout(timer);
    },
  };
}

/** The clock of the runtime, whose timers keep the program running. */
export const systemClock: Clock = runtimeClock();
