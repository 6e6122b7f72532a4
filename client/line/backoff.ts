/** The delay before the next attempt. */

import { checkNames } from "../../wire/option_checks.ts";

/**
 * Bounds of the delay, in milliseconds.
 */
export interface BackoffOptions {
  /**
   * Shortest delay.
   *
   * @default {1_000}
   */
  readonly minDelay?: number;
  /**
   * Longest delay.
   *
   * @default {30_000}
   */
  readonly maxDelay?: number;
  /**
   * Returns a number from 0 to below 1.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

const optionNames = Object.keys(
  { minDelay: true, maxDelay: true, random: true } satisfies Record<keyof BackoffOptions, true>,
);

/**
 * Exponential, with jitter over the whole range, so that the clients of a restarted server do not
 * come back all at once.
 *
 * @param attempt Attempts that have failed in a row.
 * @param options Bounds of the delay.
 * @returns Milliseconds.
 * @throws {TypeError} An option is not known.
 *
 * @example The range of the first delay and of a late one
 * ```ts
 * import { backoffDelay } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(backoffDelay(0, { random: () => 0 }), 1_000);
 * assertEquals(backoffDelay(0, { random: () => 1 }), 2_000);
 * assertEquals(backoffDelay(9, { random: () => 1 }), 30_000);
 * ```
 */
export function backoffDelay(attempt: number, options: BackoffOptions = {}): number {
  checkNames("backoffDelay", options, optionNames);
  return delayBefore(attempt, options);
}

/** The same, with options that were checked before, among others. */
export function delayBefore(attempt: number, options: BackoffOptions): number {
  const { minDelay = 1_000, maxDelay = 30_000, random = Math.random } = options;
  const longest = Math.max(minDelay, Math.min(maxDelay, minDelay * 2 ** (attempt + 1)));
  return Math.round(minDelay + random() * (longest - minDelay));
}
