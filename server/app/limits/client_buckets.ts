/** The token buckets of one client. */

import type { RateOptions, ResolvedRateLimit } from "./rate_limit.ts";
import { TokenBucket } from "./token_bucket.ts";

/**
 * Refusals that are forgiven, in bursts; they are forgotten as fast as messages are allowed.
 *
 * @limit bursts: 1008
 */
const forgivenBursts = 5;

/** The token buckets of a client: for all of its messages, for single events, and for refusals. */
export class ClientBuckets {
  readonly #options: ResolvedRateLimit;
  readonly #messages: TokenBucket;
  readonly #refusals: TokenBucket;
  #events: Map<string, TokenBucket> | undefined;

  /** @param options The rates. */
  constructor(options: ResolvedRateLimit) {
    const { perSecond, burst, now } = options;
    this.#options = options;
    this.#messages = new TokenBucket(perSecond, burst, now);
    this.#refusals = new TokenBucket(perSecond, forgivenBursts * burst, now);
  }

  /** How many messages may be sent at once. */
  get available(): number {
    return Math.floor(this.#messages.available);
  }

  /** Whether they are as good as new. */
  get isFull(): boolean {
    if (!this.#messages.isFull || !this.#refusals.isFull) return false;
    return this.#events?.values().every((bucket) => bucket.isFull) ?? true;
  }

  /**
   * Takes tokens for a message.
   *
   * @returns The bucket that has too few.
   */
  take(count = 1): TokenBucket | undefined {
    return this.#messages.take(count) ? undefined : this.#messages;
  }

  /** Gives back what was taken for a message. */
  put(count: number): void {
    this.#messages.put(count);
  }

  /**
   * Takes a token for an event, where it has a rate of its own.
   *
   * @returns The bucket that has none.
   */
  takeEvent(event: string): TokenBucket | undefined {
    const bucket = this.eventBucket(event);
    return bucket?.take() === false ? bucket : undefined;
  }

  /** The bucket of an event, where it has a rate of its own. */
  eventBucket(event: string): TokenBucket | undefined {
    const rate = this.#options.events.get(event);
    return rate && this.#bucketOf(event, rate);
  }

  /**
   * Takes a token for a refusal.
   *
   * @returns `false` when there is none.
   */
  takeRefusal(): boolean {
    return this.#refusals.take();
  }

  /** Forgives at least one burst: another client may take them over. */
  passOn(): void {
    this.#refusals.raiseTo(this.#options.burst);
  }

  #bucketOf(event: string, { perSecond, burst }: Required<RateOptions>): TokenBucket {
    this.#events ??= new Map();
    let bucket = this.#events.get(event);
    if (bucket === undefined) {
      bucket = new TokenBucket(perSecond, burst, this.#options.now);
      this.#events.set(event, bucket);
    }
    return bucket;
  }
}
