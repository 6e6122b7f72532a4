/** Token buckets that several clients share, by user or by address. */

import { TokenBucket } from "./token_bucket.ts";

/**
 * Buckets that are remembered; one that was not used for longest is full again by then.
 *
 * @limit buckets: the one that was not used for longest is forgotten
 */
const defaultLimit = 10_000;

/** One bucket for each key; the least recently used ones are forgotten. */
export class SharedBuckets {
  readonly #rate: { readonly perSecond: number; readonly burst: number };
  readonly #now: () => number;
  readonly #limit: number;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, TokenBucket>();

  /**
   * @param rate The rate of each bucket.
   * @param now Milliseconds from any origin.
   * @param limit How many are remembered.
   */
  constructor(
    rate: { readonly perSecond: number; readonly burst: number },
    now: () => number,
    limit: number = defaultLimit,
  ) {
    this.#rate = rate;
    this.#now = now;
    this.#limit = limit;
  }

  /** How many are remembered at the moment. */
  get size(): number {
    return this.#buckets.size;
  }

  /** The bucket of a key; a full one for a key that is new. */
  get(key: string): TokenBucket {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(perSecond, burst, this.#now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#limit && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
