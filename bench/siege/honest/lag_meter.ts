/** Measures by how much the timers of this process are late: what it cannot know more exactly. */

import { percentile } from "../figures/latencies.ts";

/** Milliseconds between two looks. */
const period = 10;

/** Runs until it is disposed of. */
export class LagMeter implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #expected = performance.now() + period;
  #late: number[] = [];

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#late.push(Math.max(0, now - this.#expected));
      this.#expected = now + period;
    }, period);
  }

  /** Takes what 99 of 100 looks since the last call were no later than, in milliseconds. */
  take(): number {
    const late = this.#late.toSorted((a, b) => a - b);
    this.#late = [];
    return percentile(late, 0.99);
  }

  /** Stops. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
