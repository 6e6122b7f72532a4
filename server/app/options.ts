/** The options of an application, their defaults and checks. */

import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../wire/option_checks.ts";
import {
  authOptionNames,
  type AuthOptions,
  resolveAuthOptions,
  type ResolvedAuthOptions,
} from "./auth/auth.ts";
import type { AnyData, Client } from "./clients/client.ts";
import { answerOf, guardErrors } from "../contain.ts";
import { type Clock, systemClock } from "../clock.ts";
import { logError } from "./events/error_log.ts";
import type { Broker } from "./streams/broker.ts";
import type { HistoryOptions } from "./streams/history_options.ts";
import {
  type JoinRule,
  type ResolvedRoomOptions,
  resolveRoomOptions,
  type RoomOptions,
} from "./room_options.ts";
import type { MemberLimits } from "./clients/room_limits.ts";
import type { PeerInfo } from "./peer.ts";
import {
  type PresenceOptions,
  type ResolvedPresence,
  resolvePresenceOptions,
} from "./presence/options.ts";
import {
  type RateLimitOptions,
  type RateOptions,
  type ResolvedRateLimit,
  resolveRate,
  resolveRateLimit,
} from "./limits/rate_limit.ts";
import { type UserIdOf, usualUserId } from "./clients/users.ts";

/**
 * Where an error has happened, for the option `onError`.
 *
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 */
export interface ErrorPlace<ServerEvents extends object, User, Data extends object = AnyData> {
  /** The client whose event or connection it was; missing where it was nobody's. */
  readonly client?: Client<ServerEvents, User, Data> | undefined;
  /**
   * The event that was handled; or `"auth"`, `"connect"`, `"disconnect"`, `"join"` or `"leave"`,
   * where verifying a token or a handler of these has failed; or `"join"` or `"presence"`, where
   * the history or the store of presence has; or `"room:join"`, where the option `rooms` has; or
   * `"broker"`, where what is told or asked by other nodes has failed.
   */
  readonly event: string;
}

/**
 * Options of an {@linkcode App}: who clients are, what they may do, and what is kept.
 *
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 */
export interface AppOptions<ServerEvents extends object, User, Data extends object = AnyData> {
  /**
   * Verifies who clients are: `auth: { verify: jwt({ secret }) }`. Without it, everybody is let in.
   *
   * @default {undefined}
   */
  auth?: AuthOptions<User>;
  /**
   * Tells who a client is, for `client.user`, where there is no `auth` to say so. Should it throw,
   * or return a promise, the connection is closed with 1011: ask a database in the `upgrade` hook.
   *
   * @default The `data` that the `upgrade` hook attached.
   */
  identify?: (peer: PeerInfo) => User;
  /**
   * Tells the id of a user, by which `toUser` finds all of its connections.
   *
   * @default The first of `user.sub`, `user.id` and `user.userId` that is a string.
   */
  userId?: UserIdOf<User>;
  /**
   * Tells what a client learns at first, besides its id. A client that is yet to say who it is
   * learns its id only.
   *
   * @default Nothing.
   */
  welcome?: (client: Client<ServerEvents, User, Data>) => Readonly<Record<string, unknown>>;
  /**
   * Tells what {@linkcode Target.members} lists of a client besides its ids, on whichever node it
   * is: anything that JSON carries.
   *
   * @default Nothing.
   */
  memberInfo?: (client: Client<ServerEvents, User, Data>) => unknown;
  /**
   * How fast a client may send. A message too many is answered `RATE_LIMITED`; who does not stop
   * is closed with 1008. `false` sets no limit.
   *
   * @default 10 messages per second, 20 at once.
   */
  rateLimit?: RateLimitOptions | false;
  /**
   * How fast clients may connect from one address, or from one IPv6 network of 64 bits: by any
   * wire, before a token is looked at. One more is answered 429. The ten thousand addresses that
   * came last are remembered; those of this machine are not counted, as they are a proxy's. Mind
   * how many people may be behind one address, who all come back at once after a restart.
   *
   * @default {false}
   */
  connectRate?: RateOptions | false;
  /**
   * Rooms that one client may be in. One more is answered `FORBIDDEN`.
   *
   * @default {1_000}
   */
  maxRooms?: number;
  /**
   * Rooms that all clients of this server may be in, counted for each of them: each takes 200 bytes
   * and the name. Once half of them are taken, a client may be in no more rooms than its share of
   * the other half, so that a few cannot keep all others out. One more is answered `FORBIDDEN`.
   *
   * @default {500_000}
   */
  maxMemberships?: number;
  /**
   * Bytes of a room's name. A longer one is answered `INVALID_MESSAGE`.
   *
   * @default {256}
   */
  maxRoomNameSize?: number;
  /**
   * Acknowledgements that one client may owe. One more, and the oldest is rejected with
   * `ACK_OVERFLOW`.
   *
   * @default {1_000}
   */
  maxPendingAcks?: number;
  /**
   * Whether clients may join rooms by themselves: `true`, any room; or a function that decides
   * about each, and may add to what the client is told; or settings, with the history of rooms
   * among them. Without it a client that asks is answered `FORBIDDEN`, and rooms are joined by
   * `client.join()` on the server only.
   *
   * @default {false}
   */
  rooms?:
    | boolean
    | JoinRule<Client<ServerEvents, User, Data>>
    | RoomOptions<Client<ServerEvents, User, Data>>;
  /**
   * Carries rooms between nodes, and keeps history and presence: see {@linkcode Broker}. It serves
   * this application and its namespaces, and is closed when the server that serves it has shut
   * down.
   *
   * @default {memoryBroker()}
   */
  broker?: Broker;
  /**
   * Tells the others by `presence:update` when a user comes online or goes offline, and lists who
   * is there: see {@linkcode App.users}. Clients without a user id are nobody.
   *
   * @default {false}
   */
  presence?: boolean | PresenceOptions;
  /**
   * Takes the time of every handler, for {@linkcode App.stats} and metrics.
   *
   * @default {false}
   */
  measure?: boolean;
  /**
   * The clock of timers.
   *
   * @default The clock of the runtime.
   */
  clock?: Clock;
  /**
   * Called with the errors of handlers and middleware that are neither an {@linkcode EventError}
   * nor an {@linkcode AckError}, which a client causes. Should it fail itself, both errors are
   * written to the console.
   *
   * @default Writes them to stderr, with the ids of the client and of its user.
   */
  onError?: (error: unknown, place: ErrorPlace<ServerEvents, User, Data>) => void;
}

/**
 * Options that say who clients are, by `auth` or by `identify`: an {@linkcode App} whose users have
 * a type needs them.
 *
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 * @typeParam Data What `client.data` may hold.
 */
export type IdentifyingOptions<
  ServerEvents extends object,
  User,
  Data extends object = AnyData,
> =
  & AppOptions<ServerEvents, User, Data>
  & ({ auth: AuthOptions<User> } | { identify: (peer: PeerInfo) => User });

const optionTypes = {
  auth: "object",
  identify: "function",
  userId: "function",
  welcome: "function",
  memberInfo: "function",
  rateLimit: "object|boolean",
  connectRate: "object|boolean",
  maxRooms: "any",
  maxMemberships: "any",
  maxRoomNameSize: "any",
  maxPendingAcks: "any",
  rooms: "object|boolean|function",
  broker: "object",
  presence: "object|boolean",
  measure: "boolean",
  clock: "object",
  onError: "function",
} as const satisfies Record<keyof AppOptions<object, unknown>, OptionType>;

const limitRanges = {
  maxRooms: { least: 1 },
  maxMemberships: { least: 1 },
  maxRoomNameSize: { least: 1, unit: "bytes" },
  maxPendingAcks: { least: 1 },
} as const satisfies Record<string, NumberRange>;

/** The options as the application uses them. */
export interface ResolvedAppOptions<
  ServerEvents extends object,
  User,
  Data extends object = AnyData,
> extends MemberLimits, ResolvedRoomOptions<Client<ServerEvents, User, Data>> {
  readonly identify: (peer: PeerInfo) => User;
  readonly welcome: (client: Client<ServerEvents, User, Data>) => Readonly<Record<string, unknown>>;
  readonly memberInfo: (client: Client<ServerEvents, User, Data>) => unknown;
  readonly rateLimit: ResolvedRateLimit | undefined;
  readonly connectRate: Required<RateOptions> | undefined;
  readonly broker: Broker | undefined;
  readonly clock: Clock;
  readonly measure: boolean;
  readonly presence: ResolvedPresence | undefined;
  readonly userId: UserIdOf<User>;
  readonly auth: ResolvedAuthOptions<User> | undefined;
  readonly onError: (error: unknown, place: ErrorPlace<ServerEvents, User, Data>) => void;
}

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is not known, of a wrong type, or contradicts another.
 * @throws {RangeError} A limit is out of range.
 */
export function resolveAppOptions<ServerEvents extends object, User, Data extends object = AnyData>(
  options: AppOptions<ServerEvents, User, Data>,
): ResolvedAppOptions<ServerEvents, User, Data> {
  checkOptions("App", options, optionTypes, authOptionNames);
  const { auth, rooms } = options;
  if (auth !== undefined && options.identify !== undefined) {
    throw new TypeError("Cannot use identify together with auth: both say who a client is");
  }
  checkBroker(
    options.broker,
    typeof rooms === "object" ? rooms.history : undefined,
    options.presence,
  );
  const { maxRooms = 1_000, maxRoomNameSize = 256, maxPendingAcks = 1_000 } = options;
  const { maxMemberships = 500_000 } = options;
  const { rateLimit = {}, connectRate = false } = options;
  const clock = resolveClock(options.clock);
  checkNumbers("", { maxRooms, maxMemberships, maxRoomNameSize, maxPendingAcks }, limitRanges);
  return {
    ...resolveQuestions(options),
    ...resolveRoomOptions(options.rooms ?? false),
    rateLimit: rateLimit === false ? undefined : resolveRateLimit(rateLimit, clock.now, maxRooms),
    connectRate: connectRate === false ? undefined : resolveRate("connectRate", connectRate),
    maxRooms,
    maxMemberships,
    maxRoomNameSize,
    maxPendingAcks,
    broker: options.broker,
    clock,
    measure: options.measure ?? false,
    presence: resolvePresenceOptions(options.presence ?? false),
    auth: auth && resolveAuthOptions(auth),
    onError: guardErrors(
      options.onError ?? logError,
      (error) => logError(error, { event: "error" }),
    ),
  };
}

/**
 * A number is given where a message is stored, so a broker has its own history, and its own
 * presence.
 *
 * @throws {TypeError} A store is given beside the broker.
 */
function checkBroker(
  broker: Broker | undefined,
  history: HistoryOptions | undefined,
  presence: boolean | PresenceOptions | undefined,
): void {
  if (broker === undefined) return;
  if (history !== undefined) {
    throw new TypeError("Cannot use rooms.history: the broker has its own");
  }
  if (typeof presence === "object" && presence.store !== undefined) {
    throw new TypeError("Cannot use presence.store: the broker has its own");
  }
}

/** The functions that are called about each client. */
function resolveQuestions<ServerEvents extends object, User, Data extends object = AnyData>(
  options: AppOptions<ServerEvents, User, Data>,
): Pick<
  ResolvedAppOptions<ServerEvents, User, Data>,
  "identify" | "welcome" | "memberInfo" | "userId"
> {
  const { identify, welcome = () => ({}), memberInfo, userId = usualUserId } = options;
  return {
    identify: (peer) =>
      identify === undefined
        // The cast: without `identify`, the `upgrade` hook and the User type must agree.
        ? peer.data as User
        : answerOf("identify", () => identify(peer)),
    welcome: (client) => answerOf("welcome", () => welcome(client)),
    memberInfo: (client) => memberInfo && answerOf("memberInfo", () => memberInfo(client)),
    userId: (user) => answerOf("userId", () => userId(user)),
  };
}

/**
 * The parts of an application keep the two methods alone; a clock of a class needs its `this`.
 *
 * @throws {TypeError} It has not both.
 */
function resolveClock(clock: Clock = systemClock): Clock {
  if (typeof clock.now !== "function" || typeof clock.after !== "function") {
    throw new TypeError("Cannot use clock: it has no methods now and after");
  }
  return { now: () => clock.now(), after: (delay, run) => clock.after(delay, run) };
}
