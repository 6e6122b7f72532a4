/** How fast a client may send, and when it is cut off. */

import { TokenBucket } from "./token_bucket.ts";

/** How fast a client may send messages of any kind. */
export interface RateLimitOptions {
  /**
   * Messages per second on average. One more is answered `RATE_LIMITED` and not handled.
   *
   * @default {10}
   */
  perSecond?: number;
  /**
   * Messages at once.
   *
   * @default {2 * perSecond}
   */
  burst?: number;
  /**
   * The time in milliseconds, from any origin.
   *
   * @default {performance.now}
   */
  now?: () => number;
}

/** What is to be done with a message. */
export type RateVerdict = "pass" | "refuse" | "disconnect";

/** Refusals that are forgiven, in bursts; they are forgotten as fast as messages are allowed. */
const forgivenBursts = 5;

/**
 * Checks and completes the options.
 *
 * @throws {RangeError} A value is not a positive number.
 */
export function resolveRateLimit(options: RateLimitOptions): Required<RateLimitOptions> {
  const { perSecond = 10, burst = 2 * perSecond, now = () => performance.now() } = options;
  for (const [name, value] of Object.entries({ perSecond, burst })) {
    if (!(value > 0 && Number.isFinite(value))) {
      throw new RangeError(
        `Cannot use rateLimit.${name} as it must be > 0: current value is ${value}`,
      );
    }
  }
  return { perSecond, burst: Math.max(1, burst), now };
}

/** One client's rate: who keeps on sending too fast is disconnected. */
export class RateLimiter {
  readonly #messages: TokenBucket;
  readonly #refusals: TokenBucket;

  constructor({ perSecond, burst, now }: Required<RateLimitOptions>) {
    this.#messages = new TokenBucket(perSecond, burst, now);
    this.#refusals = new TokenBucket(perSecond, forgivenBursts * burst, now);
  }

  /** Counts a message. */
  check(): RateVerdict {
    if (this.#messages.take()) return "pass";
    return this.#refusals.take() ? "refuse" : "disconnect";
  }
}
