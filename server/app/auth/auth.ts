/** Authentication of clients: verifiers of credentials, and the options around them. */

import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../../wire/option_checks.ts";

/**
 * The result of an {@linkcode Authenticator}: the user, and for how long.
 *
 * @typeParam User What `client.user` is.
 */
export interface Grant<User> {
  /** The user, for `client.user`. */
  readonly user: User;
  /**
   * Names the user for good. A connection can be renewed in place only by a grant of the same
   * subject; without a subject it cannot be renewed.
   */
  readonly subject?: string | undefined;
  /**
   * When the grant ends, in milliseconds since 1970; by default never. The connection is closed
   * with 4401 then, unless it was renewed.
   */
  readonly expiresAt?: number | undefined;
  /**
   * The claims that the client is told where its upgrade request carried the token; by default
   * nothing.
   */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The identity of a client at the moment: the part of a {@linkcode Client} that changes when its
 * token is renewed.
 *
 * @typeParam User What `client.user` is.
 */
export interface Identity<User> {
  /** The user, for `client.user`. */
  user: User;
}

/**
 * Where a credential comes from, for an {@linkcode Authenticator} that looks at more than the
 * credential.
 */
export interface AuthContext {
  /** The request that opens, or has opened, the connection. */
  readonly request: Request;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
}

/**
 * Verifies credentials. {@linkcode jwt} and {@linkcode apiKeys} make the usual ones; any object
 * with this method will do.
 */
export interface Authenticator<User = unknown> {
  /**
   * Verifies a credential.
   *
   * @param token The client's token, neither empty nor longer than 8 KiB; anything else of
   * it is unchecked.
   * @param context The client that presents it.
   * @returns The grant, or `undefined` to refuse. To reject says that it could not be verified,
   * which is held against nobody: the client is answered 500 or closed with 1011.
   */
  verify(token: string, context: AuthContext): Promise<Grant<User> | undefined>;
}

/** When a client says who it is: in its upgrade request, by its first message, or either. */
export type AuthMode = "before" | "message" | "either";

/**
 * The option `auth` of an application: who clients are.
 *
 * @typeParam User What `client.user` is.
 */
export interface AuthOptions<User> {
  /**
   * Verifies who clients are: what {@linkcode jwt} or {@linkcode apiKeys} has made, any other
   * {@linkcode Authenticator}, or a function that answers as its method does, at once or later.
   */
  verify:
    | Authenticator<User>
    | ((
      token: string,
      context: AuthContext,
    ) => Grant<User> | undefined | Promise<Grant<User> | undefined>);
  /**
   * When a client says who it is. `"before"`: its upgrade request carries a token, else 401.
   * `"message"`: its first message is `auth`, else 1008. `"either"`: as it likes. A client of
   * Socket.IO has no such message: without a token in its `auth` it is refused in each mode.
   *
   * @default {"either"}
   */
  mode?: AuthMode;
  /**
   * Name of a cookie that may carry the token. Cookies are sent by any page that connects, so
   * leave `allowedOrigins` narrow.
   *
   * @default {undefined}
   */
  cookie?: string;
  /**
   * Time for the `auth` message to come and be verified, in milliseconds; then 1008.
   *
   * @default {10_000}
   */
  timeout?: number;
  /**
   * Failed attempts per address and minute that are answered at once. Further ones are answered two
   * seconds late, by 429, or by 1008 for an `auth` message. 0 is any number, and sets no `maxRate`
   * either.
   *
   * @default {10}
   */
  maxFailures?: number;
  /**
   * Tokens of one address that are verified per second as long as they turn out to be bad; as many
   * may be verified at the same time. The newest goes first, and one that has waited for five
   * seconds is answered 429, or 1013 for an `auth` message: the client may try again.
   *
   * @default {20}
   */
  maxRate?: number;
}

const optionTypes = {
  verify: "object|function",
  mode: "any",
  cookie: "string",
  timeout: "any",
  maxFailures: "any",
  maxRate: "any",
} as const satisfies Record<keyof AuthOptions<unknown>, OptionType>;

const ranges = {
  timeout: { least: 1, unit: "ms" },
  maxFailures: { least: 0 },
  maxRate: { least: 1 },
} as const satisfies Record<string, NumberRange>;

/** The options by their names in an application, for hints. */
export const authOptionNames: readonly string[] = Object.keys(optionTypes)
  .map((name) => `auth.${name}`);

/** The options as the gate uses them. */
export interface ResolvedAuthOptions<User> {
  readonly verify: Exclude<AuthOptions<User>["verify"], Authenticator<User>>;
  readonly mode: AuthMode;
  readonly cookie: string | undefined;
  readonly timeout: number;
  readonly maxFailures: number;
  readonly maxRate: number;
}

const modes: readonly string[] = ["before", "message", "either"] satisfies AuthMode[];

/** A token. RFC 6265 §4.1.1. */
const cookieName = /^[!#$%&'*+\-.^_`|~\w]+$/;

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is not known or of a wrong type, or there is nothing to verify
 * with.
 * @throws {RangeError} A number is out of range.
 */
export function resolveAuthOptions<User>(options: AuthOptions<User>): ResolvedAuthOptions<User> {
  // An authenticator of a class would pass for options, and be called without its `this`.
  if (typeof options?.verify === "function" && !Object.hasOwn(options, "verify")) {
    throw new TypeError("Cannot use an authenticator as auth: write auth: { verify: ... }");
  }
  checkOptions("auth", options, optionTypes);
  const { mode = "either", cookie, timeout = 10_000, maxFailures = 10, maxRate = 20 } = options;
  if (!modes.includes(mode)) {
    throw new TypeError(
      `Cannot use auth.mode as it must be one of ${modes.join(", ")}: current value is ${mode}`,
    );
  }
  if (cookie !== undefined && !cookieName.test(cookie)) {
    throw new TypeError(`Cannot use auth.cookie: no cookie can be named "${cookie}"`);
  }
  checkNumbers("auth.", { timeout, maxFailures, maxRate }, ranges);
  return { verify: functionOf(options.verify), mode, cookie, timeout, maxFailures, maxRate };
}

function functionOf<User>(
  verify: AuthOptions<User>["verify"] | undefined,
): ResolvedAuthOptions<User>["verify"] {
  if (typeof verify === "function") return verify;
  if (typeof verify?.verify === "function") {
    return (token, context) => verify.verify(token, context);
  }
  throw new TypeError(
    "Cannot use auth.verify: it is neither a function nor an object with a method verify",
  );
}
