/** How fast a client may send, and when it is cut off: the options. */

import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../../wire/option_checks.ts";

/**
 * An average rate with room for bursts, as a token bucket: it holds `burst` messages at first, each
 * one takes one away, and `perSecond` come back. Both are positive numbers.
 */
export interface RateOptions {
  /**
   * Messages per second on average. One more is answered `RATE_LIMITED` and not handled.
   *
   * @default {10}
   */
  perSecond?: number;
  /**
   * Messages at once; below 1 it counts as 1.
   *
   * @default {2 * perSecond}
   */
  burst?: number;
}

/**
 * How fast a client may send messages: of any kind, of one kind, and together with others. A
 * message must fit all of these rates. Refusals have a bucket as well, five times as large as that
 * of messages and filled as fast: one more than it holds closes the connection with 1008.
 *
 * A message is counted before it is read, once for each 64 KiB of it, and at the most as often as a
 * burst holds. An excess message is read, to be named in the answer, or acknowledged, only up to
 * 4,096 characters. The answer to an event of the server's is not counted.
 *
 * A new connection does not begin anew. The tokens that a client has used up stay used, until they
 * are filled again, with its user where the option `auth` has verified one, else with its address
 * or its IPv6 network of 64 bits, and the next connection from there goes on with it. Connections
 * that are open at the same time have a rate each, so that many people may share an address.
 */
export interface RateLimitOptions extends RateOptions {
  /**
   * Rates of single events, for each client. They count among all messages too. `room:join` counts
   * rooms, however many of them come by one message.
   *
   * @default {`room:join`: 100 a second, and 5 times `maxRooms` at once}
   */
  events?: Readonly<Record<string, RateOptions>>;
  /**
   * Rate of all connections of one user together. The users that sent last are remembered, ten
   * thousand of them.
   *
   * @default {undefined}
   */
  perUser?: RateOptions;
  /**
   * Rate of all connections from one address together, or from one IPv6 network of 64 bits;
   * remembered likewise.
   *
   * @default {undefined}
   */
  perAddress?: RateOptions;
  /**
   * The time in milliseconds, from any origin.
   *
   * @default {clock.now}
   */
  now?: () => number;
}

/**
 * How often a client that loses its connection may have all of its rooms back at once, and rooms
 * per second that it may ask for after that.
 */
const rejoins = 5;
const joinsPerSecond = 100;

const rateTypes = {
  perSecond: "number",
  burst: "number",
} as const satisfies Record<keyof RateOptions, OptionType>;

const optionTypes = {
  ...rateTypes,
  events: "object",
  perUser: "object",
  perAddress: "object",
  now: "function",
} as const satisfies Record<keyof RateLimitOptions, OptionType>;

const rateRange: NumberRange = { above: 0, fractions: true };

/** The options as limiters use them. */
export interface ResolvedRateLimit extends Required<RateOptions> {
  readonly events: ReadonlyMap<string, Required<RateOptions>>;
  readonly perUser: Required<RateOptions> | undefined;
  readonly perAddress: Required<RateOptions> | undefined;
  readonly now: () => number;
}

/**
 * Checks and completes the options.
 *
 * @param options The given options.
 * @param now The time, unless the options bring their own.
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A value is not a positive number.
 */
export function resolveRateLimit(
  options: RateLimitOptions,
  now: () => number = () => performance.now(),
  maxRooms = 1_000,
): ResolvedRateLimit {
  if (typeof options === "object") checkOptions("rateLimit", options, optionTypes);
  const { perSecond, burst, events = {}, perUser, perAddress } = options;
  const rates = Object.entries(events).map(([event, rate]) =>
    [event, resolveRate(`rateLimit.events["${event}"]`, rate)] as const
  );
  return {
    ...resolveRate("rateLimit", { perSecond, burst }),
    events: new Map([
      ["room:join", { perSecond: joinsPerSecond, burst: rejoins * maxRooms }],
      ...rates,
    ]),
    perUser: perUser && resolveRate("rateLimit.perUser", perUser),
    perAddress: perAddress && resolveRate("rateLimit.perAddress", perAddress),
    now: options.now ?? now,
  };
}

/**
 * Checks and completes a rate.
 *
 * @param place Its name in an error.
 * @param options The given options.
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A value is not a positive number.
 */
export function resolveRate(
  place: string,
  options: { readonly [Name in keyof RateOptions]: RateOptions[Name] | undefined },
): Required<RateOptions> {
  checkOptions(place, options, rateTypes);
  const { perSecond = 10, burst = 2 * perSecond } = options;
  checkNumbers(`${place}.`, { perSecond, burst }, { perSecond: rateRange, burst: rateRange });
  return { perSecond, burst: Math.max(1, burst) };
}
