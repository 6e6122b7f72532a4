/** How presence is kept, and who is told. */

import { longestTimer } from "../../../wire/clock.ts";
import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../../wire/option_checks.ts";
import type { Presence } from "./presence.ts";

/** Options of presence: who is told, how soon, and where it is kept. */
export interface PresenceOptions {
  /**
   * The clients that are told by `presence:update`, besides the user. `"everybody"`: all clients,
   * of users that come online or go offline. `"rooms"`: the members of each room, of users that
   * come or go there; for applications with so many users that all would be too many.
   *
   * @default {"everybody"}
   */
  audience?: "everybody" | "rooms";
  /**
   * Milliseconds for which a user counts as present after its last connection has ended: who
   * returns in time has never been away. Leaving a room takes effect at once, and so does the
   * end of the server. 0 to 2,147,483,647.
   *
   * @default {5_000}
   */
  grace?: number;
  /**
   * Milliseconds after an update in which further changes are gathered: the others are told of them
   * together, and nothing of a user that comes and goes in the meantime. Where many are to be told,
   * they are told in parts, 500 of them every 50 ms. 0 to 2,147,483,647.
   *
   * @default {250}
   */
  interval?: number;
  /**
   * Where presence is kept. A broker has its own.
   *
   * @default In memory.
   */
  store?: Presence;
}

const optionTypes = {
  audience: "string",
  grace: "number",
  interval: "number",
  store: "object",
} as const satisfies Record<keyof PresenceOptions, OptionType>;

const time: NumberRange = { least: 0, most: longestTimer, unit: "ms", fractions: true };

/** The options as they are used; without a store, presence is kept where the broker keeps it. */
export interface ResolvedPresence extends Required<Omit<PresenceOptions, "store">> {
  readonly store: Presence | undefined;
}

/**
 * Checks and completes the options.
 *
 * @returns `undefined` where presence is off.
 * @throws {RangeError} A time is out of range.
 * @throws {TypeError} An option is not known, or of a wrong type; there is no such audience.
 */
export function resolvePresenceOptions(
  options: boolean | PresenceOptions,
): ResolvedPresence | undefined {
  if (options === false) return undefined;
  if (typeof options === "object") checkOptions("presence", options, optionTypes);
  const { audience = "everybody", grace = 5_000, interval = 250, store } = options === true
    ? {}
    : options;
  checkNumbers("presence.", { grace, interval }, { grace: time, interval: time });
  if (audience !== "everybody" && audience !== "rooms") {
    throw new TypeError(
      `Cannot use presence.audience as it must be "everybody" or "rooms": current value is "${audience}"`,
    );
  }
  return { audience, grace, interval, store };
}
