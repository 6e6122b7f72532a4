/** Limits and counts of a namespace's clients; namespaces of one pattern share them. */

import { AuthGate } from "./auth/gate.ts";
import { ConnectLimit } from "./limits/connect_limit.ts";
import { RateLimits } from "./limits/rate_limiter.ts";
import type { ResolvedAppOptions } from "./options.ts";
import { Meter } from "./stats/meter.ts";

/**
 * Parts that go by addresses and users, or count. A client that takes another namespace of the same
 * pattern meets the same ones: it has no more attempts to sign in than before.
 */
export interface SharedParts<User> {
  /** Verifies tokens; absent where everybody is let in. */
  readonly gate: AuthGate<User> | undefined;
  /** Counts connects; absent without `connectRate`. */
  readonly connects: ConnectLimit | undefined;
  /** Counts messages; absent without `rateLimit`. */
  readonly rates: RateLimits | undefined;
  /** Counts events and errors. */
  readonly meter: Meter;
}

/** Makes the parts that the options ask for. */
export function makeParts<ServerEvents extends object, User, Data extends object>(
  { auth, clock, connectRate, measure, rateLimit }: ResolvedAppOptions<ServerEvents, User, Data>,
): SharedParts<User> {
  return {
    gate: auth && new AuthGate(auth, { clock }),
    connects: connectRate && new ConnectLimit(connectRate, clock.now),
    rates: rateLimit && new RateLimits(rateLimit, auth !== undefined),
    meter: new Meter(clock.now, measure),
  };
}
