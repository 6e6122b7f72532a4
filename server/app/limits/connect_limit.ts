/** How fast clients may connect from one address. */

import { EventError } from "../events/errors.ts";
import { isLoopback, networkOf } from "../../address.ts";
import type { RateOptions } from "./rate_limit.ts";
import { SharedBuckets } from "./shared_buckets.ts";

/** Counts the connects of each address, but for those of this machine: they are a proxy's, or tests. */
export class ConnectLimit {
  readonly #buckets: SharedBuckets;

  /**
   * @param rate Connects per address.
   * @param now Milliseconds from any origin.
   */
  constructor(rate: Required<RateOptions>, now: () => number) {
    this.#buckets = new SharedBuckets(rate, now);
  }

  /**
   * Counts a connect.
   *
   * @returns The error that refuses it, where there were too many.
   */
  check(address: string): EventError | undefined {
    if (isLoopback(address)) return undefined;
    const bucket = this.#buckets.get(networkOf(address));
    if (bucket.take()) return undefined;
    const details = { retryAfter: Math.ceil(bucket.retryAfter()) };
    return new EventError("RATE_LIMITED", "Too many connects", { details });
  }
}
