/** A token bucket: an average rate with room for bursts. */

/**
 * Holds up to `burst` tokens and gains `perSecond` of them each second. Time comes in as an
 * argument and should be monotonic; should it step back, nothing is gained or lost.
 */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  /**
   * @param perSecond Tokens gained per second.
   * @param burst Tokens at most, and at first.
   * @param now Milliseconds from any origin.
   */
  constructor(
    readonly perSecond: number,
    readonly burst: number,
    readonly now: () => number,
  ) {
    this.#tokens = burst;
    this.#filledAt = now();
  }

  /** How many tokens there are. */
  get available(): number {
    this.#fill();
    return this.#tokens;
  }

  /** Whether it is as good as new. */
  get isFull(): boolean {
    return this.available === this.burst;
  }

  /** Seconds until there are so many tokens, or all, rounded up to milliseconds. */
  retryAfter(count = 1): number {
    const missing = Math.max(0, Math.min(count, this.burst) - this.available);
    return Math.ceil(missing / this.perSecond * 1000) / 1000;
  }

  /**
   * Takes tokens. A cost above the size of the bucket takes all of them.
   *
   * @returns `false` when there are fewer; then none is taken.
   */
  take(count = 1): boolean {
    this.#fill();
    const taken = Math.min(count, this.burst);
    if (this.#tokens < taken) return false;
    this.#tokens -= taken;
    return true;
  }

  /** Gives tokens back. */
  put(count = 1): void {
    this.raiseTo(this.available + count);
  }

  /** Adds tokens where there are fewer than so many. */
  raiseTo(tokens: number): void {
    this.#tokens = Math.max(this.available, Math.min(tokens, this.burst));
  }

  #fill(): void {
    const now = this.now();
    const elapsed = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#tokens = Math.min(this.burst, this.#tokens + elapsed * this.perSecond / 1000);
  }
}
