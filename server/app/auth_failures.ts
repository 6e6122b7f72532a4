/** Failed attempts to authenticate, counted per address. */

import { networkOf } from "./network.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Addresses that are remembered; beyond it the one that failed least recently is forgotten. */
const maxAddresses = 10_000;

/**
 * Knows which addresses have failed too often. Each may fail so many times at once, and gets that
 * many back per minute, evenly.
 */
export class AuthFailures {
  readonly #perMinute: number;
  readonly #now: () => number;
  /** What is left to the addresses that have failed, the last one last. */
  readonly #left = new Map<string, TokenBucket>();

  /**
   * @param perMinute Failures per address and minute; 0 is any number.
   * @param now Milliseconds of a clock that never jumps.
   */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#left.size;
  }

  /** Seconds until the next attempt, at the longest; for `Retry-After`. */
  get retryAfter(): number {
    return Math.ceil(60 / this.#perMinute);
  }

  /** Whether an address may not try now. */
  isBlocked(address: string): boolean {
    const key = networkOf(address);
    const left = this.#left.get(key)?.available ?? 1;
    if (left === this.#perMinute) this.#left.delete(key);
    return left < 1;
  }

  /** Counts a failure. */
  add(address: string): void {
    if (this.#perMinute === 0) return;
    const key = networkOf(address);
    const left = this.#left.get(key) ??
      new TokenBucket(this.#perMinute / 60, this.#perMinute, this.#now);
    left.take();
    this.#left.delete(key);
    this.#left.set(key, left);
    const [oldest] = this.#left.keys();
    if (this.#left.size > maxAddresses && oldest !== undefined) this.#left.delete(oldest);
  }
}
