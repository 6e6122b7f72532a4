/** Token buckets that several clients share, by user or by address. */

import { RecentlyUsed } from "./recently_used.ts";
import { TokenBucket } from "./token_bucket.ts";

/**
 * Buckets that are remembered; one that was not used for longest is full again by then.
 *
 * @limit buckets: the one that was not used for longest is forgotten
 */
const defaultLimit = 10_000;

/** One bucket for each key; the least recently used ones are forgotten. */
export class SharedBuckets {
  readonly #buckets: RecentlyUsed<TokenBucket>;

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
    this.#buckets = new RecentlyUsed({
      limit,
      make: () => new TokenBucket(rate.perSecond, rate.burst, now),
      // Clients keep their buckets: a full one that was forgotten would be shared no more.
      isSpare: () => false,
    });
  }

  /** How many are remembered at the moment. */
  get size(): number {
    return this.#buckets.size;
  }

  /** The bucket of a key; a full one for a key that is new. */
  get(key: string): TokenBucket {
    return this.#buckets.get(key);
  }
}
