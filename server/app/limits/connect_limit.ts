/** How fast clients may connect from one address. */

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
   * @returns The response that refuses it, where there were too many.
   */
  check(address: string): Response | undefined {
    if (isLoopback(address)) return undefined;
    const bucket = this.#buckets.get(networkOf(address));
    if (bucket.take()) return undefined;
    const headers = { "retry-after": `${Math.ceil(bucket.retryAfter())}` };
    return new Response("Too many connects", { status: 429, headers });
  }
}
