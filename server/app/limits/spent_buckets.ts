/** The token buckets of clients that have gone. */

import { Multimap } from "../../multimap.ts";
import type { ClientBuckets } from "./client_buckets.ts";

/**
 * Buckets that are kept at the most; beyond it those that were left first are forgotten.
 *
 * @limit buckets: the one that was left first is forgotten
 */
const defaultLimit = 10_000;

/** Buckets of a disconnected client, and their owner. */
interface KeptBuckets {
  readonly owner: string;
  readonly buckets: ClientBuckets;
}

/** Keeps the buckets of clients that have gone, by their owners, until they are full again. */
export class SpentBuckets {
  readonly #limit: number;
  /** In the order in which they were left. */
  readonly #left = new Set<KeptBuckets>();
  readonly #byOwner = new Multimap<string, KeptBuckets>();

  /** @param limit How many are kept. */
  constructor(limit: number = defaultLimit) {
    this.#limit = limit;
  }

  /** How many are kept at the moment. */
  get size(): number {
    return this.#left.size;
  }

  /** Keeps the buckets of a client that has gone. */
  put(owner: string, buckets: ClientBuckets): void {
    this.#forget();
    if (buckets.isFull) return;
    const left = { owner, buckets };
    this.#left.add(left);
    this.#byOwner.add(owner, left);
  }

  /**
   * Takes the buckets that an owner's client has left first, as they have been filled for longest.
   *
   * @returns `undefined` where there are none, or all are full again.
   */
  take(owner: string): ClientBuckets | undefined {
    for (const left of this.#byOwner.valuesOf(owner)) {
      this.#delete(left);
      if (!left.buckets.isFull) return left.buckets;
    }
    return undefined;
  }

  /** Looks at the buckets that {@linkcode SpentBuckets.take} would take. */
  peek(owner: string): ClientBuckets | undefined {
    for (const { buckets } of this.#byOwner.valuesOf(owner)) if (!buckets.isFull) return buckets;
    return undefined;
  }

  /** Makes room for one more, and drops some that are full: more than are put. */
  #forget(): void {
    let looked = 0;
    for (const left of this.#left) {
      const isOver = this.#left.size >= this.#limit;
      if (!isOver && (looked++ === 2 || !left.buckets.isFull)) return;
      this.#delete(left);
    }
  }

  #delete(left: KeptBuckets): void {
    this.#left.delete(left);
    this.#byOwner.delete(left.owner, left);
  }
}
