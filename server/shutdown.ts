/** How a server shuts down: what may be said about it, and the defaults. */

import { longestTimer } from "../wire/clock.ts";
import { Closes } from "../wire/close_code.ts";
import { encodeClosePayload } from "../protocol/mod.ts";
import { checkOptions, type OptionType } from "../wire/option_checks.ts";

/** Options of {@linkcode Server.shutdown}. Times are in milliseconds. */
export interface ShutdownOptions {
  /** Close code for every connection. @default {1012} */
  code?: number;
  /** Close reason for every connection. @default {"Server shutting down"} */
  reason?: string;
  /**
   * For how long connections are accepted still while `ready` is `false` already: load balancers
   * need some time to see that, and to send new ones elsewhere.
   *
   * @default {0}
   */
  delay?: number;
  /** Time after the delay when what is left is cut off. @default {10_000} */
  deadline?: number;
  /**
   * Time over which the Close frames are spread at random, so that not all return at once; no more
   * than half of the deadline.
   *
   * @default {0}
   */
  spread?: number;
}

const optionTypes = {
  code: "number",
  reason: "string",
  delay: "number",
  deadline: "number",
  spread: "number",
} as const satisfies Record<keyof ShutdownOptions, OptionType>;

/**
 * Checks how to shut down, and fills in the defaults.
 *
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} The code may not be sent, or the reason is too long.
 */
export function resolveShutdown(options: ShutdownOptions): Required<ShutdownOptions> {
  checkOptions("shutdown", options, optionTypes);
  const { code = Closes.shutdown.code, reason = Closes.shutdown.reason } = options;
  const { delay = 0, spread = 0 } = options;
  encodeClosePayload(code, reason); // throws before anything has ended
  const deadline = Math.min(options.deadline ?? 10_000, longestTimer);
  return {
    code,
    reason,
    delay: Math.min(delay, longestTimer),
    deadline,
    spread: Math.min(spread, deadline / 2),
  };
}
