/** What one client may still send. */

import type { RateOptions, ResolvedRateLimit } from "./rate_limit.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Refusals that are forgiven, in bursts; they are forgotten as fast as messages are allowed. */
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

  /** Whether they are as good as new. */
  get isFull(): boolean {
    if (!this.#messages.isFull || !this.#refusals.isFull) return false;
    return this.#events?.values().every((bucket) => bucket.isFull) ?? true;
  }

  /**
   * Takes a token for a message.
   *
   * @param event Its event name, where it has one.
   * @returns The bucket that has none.
   */
  take(event: string | undefined): TokenBucket | undefined {
    if (!this.#messages.take()) return this.#messages;
    const rate = event === undefined ? undefined : this.#options.events.get(event);
    if (event === undefined || rate === undefined) return undefined;
    const bucket = this.#eventBucket(event, rate);
    return bucket.take() ? undefined : bucket;
  }

  /**
   * Takes a token for a refusal.
   *
   * @returns `false` when there is none.
   */
  forgive(): boolean {
    return this.#refusals.take();
  }

  /** Forgives at least one burst: another client may take them over. */
  passOn(): void {
    this.#refusals.raiseTo(this.#options.burst);
  }

  #eventBucket(event: string, { perSecond, burst }: Required<RateOptions>): TokenBucket {
    this.#events ??= new Map();
    let bucket = this.#events.get(event);
    if (bucket === undefined) {
      bucket = new TokenBucket(perSecond, burst, this.#options.now);
      this.#events.set(event, bucket);
    }
    return bucket;
  }
}
