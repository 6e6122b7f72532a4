/** The options of `redisBroker`. */

import { longestTimer } from "../../wire/clock.ts";
import { contain, reportError } from "../contain.ts";
import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../wire/option_checks.ts";

/** Options of {@linkcode redisBroker}. */
export interface RedisBrokerOptions {
  /**
   * Where Redis is: `redis://[[user][:password]@]host[:port][/database]`, or `rediss://` for TLS.
   */
  url: string;
  /**
   * Begins the names of all keys and channels, and so keeps deployments apart: letters, digits,
   * `-`, `_` and `.`.
   *
   * @default {"hawser"}
   */
  prefix?: string;
  /**
   * Messages kept per room. With 0 messages are only numbered.
   *
   * @default {100}
   */
  size?: number;
  /**
   * Milliseconds for which a message is kept.
   *
   * @default {Infinity}
   */
  maxAge?: number;
  /**
   * Milliseconds after which a room is forgotten in which nobody has published and that no node has
   * followed. It begins anew then, under another epoch.
   *
   * @default {600_000}
   */
  roomTimeout?: number;
  /**
   * Milliseconds for which a message waits to be stored. Beyond, `publish` rejects with
   * `UNAVAILABLE`.
   *
   * @default {5_000}
   */
  publishTimeout?: number;
  /**
   * Messages that wait to be stored. One more is rejected with `UNAVAILABLE` at once.
   *
   * @default {10_000}
   */
  maxWaiting?: number;
  /**
   * Characters of the messages that wait to be stored, and of those on their way to other nodes.
   * Beyond, as above; and what other nodes are told is dropped.
   *
   * @default {16_777_216}
   */
  maxWaitingSize?: number;
  /**
   * Milliseconds after which a node counts as dead that gives no sign of life. It gives three of
   * them in this time.
   *
   * @default {15_000}
   */
  nodeTimeout?: number;
  /**
   * Milliseconds between two looks at where the followed rooms stand, a fifth more or less.
   *
   * @default {10_000}
   */
  checkInterval?: number;
  /**
   * Called with notices for the operator: Redis is away or back, or is set up in a way
   * that loses messages.
   *
   * @default {console.warn}
   */
  onNotice?: (text: string) => void;
}

/** The options, with their defaults. */
export type ResolvedOptions = Readonly<Required<RedisBrokerOptions>>;

const optionTypes = {
  url: "string",
  prefix: "string",
  size: "number",
  maxAge: "number",
  roomTimeout: "number",
  publishTimeout: "number",
  maxWaiting: "number",
  maxWaitingSize: "number",
  nodeTimeout: "number",
  checkInterval: "number",
  onNotice: "function",
} as const satisfies Record<keyof RedisBrokerOptions, OptionType>;

/** Lua writes greater numbers with an exponent, which commands of Redis do not take. */
const greatestOfLua = 99_999_999_999_999;

/** A timer waits up to a fifth longer, so that nodes do not check at the same time. */
const longestInterval = Math.floor(longestTimer / 1.2);

const ranges = {
  size: { least: 0, most: greatestOfLua },
  maxAge: { least: 1, most: greatestOfLua, unit: "ms", endless: true },
  roomTimeout: { least: 60_000, most: greatestOfLua, unit: "ms" },
  publishTimeout: { least: 1, most: longestTimer, unit: "ms" },
  maxWaiting: { least: 1 },
  maxWaitingSize: { least: 1, unit: "characters" },
  nodeTimeout: { least: 300, most: longestTimer, unit: "ms" },
  checkInterval: { least: 50, most: longestInterval, unit: "ms" },
} as const satisfies Record<string, NumberRange>;

/**
 * Checks the options, and adds the defaults.
 *
 * @throws {TypeError} An option is not known or of a wrong type, the URL is none of Redis, or the
 * prefix has other characters.
 * @throws {RangeError} A number is out of range.
 */
export function resolveOptions(options: RedisBrokerOptions): ResolvedOptions {
  checkOptions("redisBroker", options, optionTypes);
  const {
    url,
    prefix = "hawser",
    size = 100,
    maxAge = Infinity,
    roomTimeout = 600_000,
    publishTimeout = 5_000,
    maxWaiting = 10_000,
    maxWaitingSize = 16_777_216,
    nodeTimeout = 15_000,
    checkInterval = 10_000,
    // deno-lint-ignore no-console -- the option replaces it
    onNotice = (text: string) => console.warn(text),
  } = options;
  const resolved: ResolvedOptions = {
    url,
    prefix,
    size,
    maxAge,
    roomTimeout,
    publishTimeout,
    maxWaiting,
    maxWaitingSize,
    nodeTimeout,
    checkInterval,
    onNotice: (text) => contain(() => onNotice(text), reportError),
  };
  checkNumbers("redisBroker.", resolved, ranges);
  if (!/^[\w.-]{1,64}$/.test(resolved.prefix)) {
    throw new TypeError(
      'Cannot use option "prefix" of redisBroker: it has others than 1 to 64 of letters, digits, ' +
        "-, _ and .",
    );
  }
  databaseOf(resolved.url);
  return resolved;
}

/**
 * Reads the number of the database from a URL.
 *
 * @throws {TypeError} The URL is none of Redis. It is not quoted, as it may hold a password.
 */
export function databaseOf(url: string): number {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = parsed && /^\/?(\d*)$/.exec(parsed.pathname)?.[1];
  const isRedis = parsed?.protocol === "redis:" || parsed?.protocol === "rediss:";
  if (!isRedis || database === undefined) {
    throw new TypeError(
      'Cannot use option "url" of redisBroker as it must be like redis://host:6379/0 or rediss://...',
    );
  }
  return Number(database);
}
