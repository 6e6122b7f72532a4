/** Settings of the fallback transports: what clients use where WebSocket does not get through. */

import { longestTimer } from "../../../wire/clock.ts";
import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../../wire/option_checks.ts";
import { answerOf } from "../../contain.ts";

/**
 * Options of the fallback transports, Server-Sent Events and long polling. Times are in
 * milliseconds, whole numbers from 1 to 2,147,483,647. Namespaces are below these paths, as
 * `/sse/admin`.
 */
export interface FallbackOptions {
  /** Path of the Server-Sent Events. @default {"/sse"} */
  ssePath?: string;
  /** Path of the long polling. @default {"/poll"} */
  pollPath?: string;
  /** Path to which clients send. @default {"/events"} */
  eventsPath?: string;
  /**
   * Tells in which namespaces these transports are spoken; `/` is the application itself. In others
   * their paths are nobody's.
   *
   * @default {all}
   */
  namespaces?: (name: string) => boolean;
  /** Time between two comments on an idle event stream, so that proxies keep it. @default {25_000} */
  heartbeat?: number;
  /** Time for which a poll, or the answers to events, may wait. @default {25_000} */
  pollTimeout?: number;
  /**
   * Time for which the session of a polling client outlives its last request. Of the sessions whose
   * clients were heard once only, an address keeps a hundred for so long, the others for 5 s.
   * @default {30_000}
   */
  sessionTimeout?: number;
  /**
   * Clients of these transports. Where one more comes, a session ends whose client was heard only
   * once, the oldest first; where there is none, 503. @default {10_000}
   */
  maxSessions?: number;
  /**
   * Clients of one address, or of one IPv6 network of 64 bits; likewise, and else 429. Also how many
   * it may begin at once; a fiftieth of that comes back each second. 0 is any number.
   * @default {1_000}
   */
  maxSessionsPerAddress?: number;
}

/** The options, checked and complete. */
export type ResolvedFallbackOptions = Required<FallbackOptions>;

const optionTypes = {
  ssePath: "any",
  pollPath: "any",
  eventsPath: "any",
  namespaces: "function",
  heartbeat: "any",
  pollTimeout: "any",
  sessionTimeout: "any",
  maxSessions: "any",
  maxSessionsPerAddress: "any",
} as const satisfies Record<keyof FallbackOptions, OptionType>;

const time: NumberRange = { least: 1, most: longestTimer, unit: "ms" };

const ranges = {
  heartbeat: time,
  pollTimeout: time,
  sessionTimeout: time,
  maxSessions: { least: 1 },
  maxSessionsPerAddress: { least: 0 },
} as const satisfies Record<string, NumberRange>;

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is not known, or a path or a function is none.
 * @throws {RangeError} A number is out of range.
 */
export function resolveFallbackOptions(given: FallbackOptions): ResolvedFallbackOptions {
  checkOptions("fallback", given, optionTypes);
  const { ssePath = "/sse", pollPath = "/poll", eventsPath = "/events" } = given;
  const { heartbeat = 25_000, pollTimeout = 25_000, sessionTimeout = 30_000 } = given;
  const { maxSessions = 10_000, maxSessionsPerAddress = 1_000 } = given;
  checkPaths({ ssePath, pollPath, eventsPath });
  const numbers = { heartbeat, pollTimeout, sessionTimeout, maxSessions, maxSessionsPerAddress };
  checkNumbers("fallback.", numbers, ranges);
  const { namespaces = () => true } = given;
  return {
    ssePath,
    pollPath,
    eventsPath,
    ...numbers,
    namespaces: (name) => answerOf("fallback.namespaces", () => namespaces(name)),
  };
}

function checkPaths(paths: Record<string, string>): void {
  for (const [name, path] of Object.entries(paths)) {
    if (typeof path === "string" && path.startsWith("/") && !path.endsWith("/")) continue;
    throw new TypeError(
      `Cannot use fallback.${name} as it must begin, and not end, with "/": current value is "${path}"`,
    );
  }
  if (new Set(Object.values(paths)).size < Object.keys(paths).length) {
    throw new TypeError("Cannot use the paths of fallback: two are the same");
  }
}
