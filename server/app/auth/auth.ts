/** Who a client is: what verifies a credential, and the options around it. */

import type { OptionType } from "../../../wire/option_checks.ts";

/**
 * What an {@linkcode Authenticator} has found out: who it is, and for how long.
 *
 * @typeParam User What `client.user` is.
 */
export interface Grant<User> {
  /** Who it is: `client.user`. */
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
   * What the client is told about itself where its upgrade request carried the token; by default
   * nothing.
   */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Who a client is at the moment: the part of a {@linkcode Client} that changes when its token is
 * renewed.
 *
 * @typeParam User What `client.user` is.
 */
export interface Identity<User> {
  /** What `client.user` says. */
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
   * @param token What the client presents, neither empty nor longer than 8 KiB; anything else of
   * it is unchecked.
   * @param context Who presents it.
   * @returns The grant, or `undefined` to refuse. To reject says that it could not be verified,
   * which is held against nobody: the client is answered 500 or closed with 1011.
   */
  verify(token: string, context: AuthContext): Promise<Grant<User> | undefined>;
}

/** When a client says who it is: in its upgrade request, by its first message, or either. */
export type AuthMode = "before" | "message" | "either";

/**
 * Options of an application that concern authentication. All others are allowed only beside `auth`.
 *
 * @typeParam User What `client.user` is.
 */
export interface AuthOptions<User> {
  /** Verifies who clients are. Without it, everybody is let in. */
  auth?: Authenticator<User>;
  /**
   * When a client says who it is. `"before"`: its upgrade request carries a token, else 401.
   * `"message"`: its first message is `auth`, else 1008. `"either"`: as it likes.
   *
   * @default {"either"}
   */
  authMode?: AuthMode;
  /**
   * Name of a cookie that may carry the token. Cookies are sent by any page that connects, so
   * leave `allowedOrigins` narrow.
   *
   * @default {undefined}
   */
  authCookie?: string;
  /**
   * Time for the `auth` message to come and be verified, in milliseconds; then 1008.
   *
   * @default {10_000}
   */
  authTimeout?: number;
  /**
   * Failed attempts per address and minute that are answered at once. Further ones are answered two
   * seconds late, by 429, or by 1008 for an `auth` message. 0 is any number, and sets no
   * `maxAuthRate` either.
   *
   * @default {10}
   */
  maxFailedAuths?: number;
  /**
   * Tokens of one address that are verified per second as long as they turn out to be bad; as many
   * may be verified at the same time. The newest goes first, and one that has waited for five
   * seconds is answered 429, or 1013 for an `auth` message: the client may try again.
   *
   * @default {20}
   */
  maxAuthRate?: number;
}

/** The options, by name. */
export const authOptionTypes = {
  auth: "any",
  authMode: "any",
  authCookie: "string",
  authTimeout: "any",
  maxFailedAuths: "any",
  maxAuthRate: "any",
} as const satisfies Record<keyof AuthOptions<unknown>, OptionType>;

/** The options as the gate uses them. */
export interface ResolvedAuthOptions<User> extends Required<Omit<AuthOptions<User>, "authCookie">> {
  readonly authCookie: string | undefined;
}

const modes: readonly string[] = ["before", "message", "either"] satisfies AuthMode[];

/**
 * Checks and completes the options.
 *
 * @returns `undefined` where there is nothing to verify with.
 * @throws {TypeError} An option has the wrong type, or is given without `auth`.
 * @throws {RangeError} A number is out of range.
 */
export function resolveAuthOptions<User>(
  options: AuthOptions<User> & { readonly identify?: unknown },
): ResolvedAuthOptions<User> | undefined {
  const { auth, authMode = "either", authCookie, authTimeout = 10_000 } = options;
  const { maxFailedAuths = 10, maxAuthRate = 20 } = options;
  if (auth === undefined) return checkNoAuth(options);
  if (options.identify !== undefined) {
    throw new TypeError("Cannot use identify together with auth: both say who a client is");
  }
  if (typeof auth?.verify !== "function") {
    throw new TypeError("Cannot use auth: it has no method verify");
  }
  if (!modes.includes(authMode)) {
    throw new TypeError(
      `Cannot use authMode as it must be one of ${modes.join(", ")}: current value is ${authMode}`,
    );
  }
  checkNumber("authTimeout", authTimeout, 1);
  checkNumber("maxFailedAuths", maxFailedAuths, 0);
  checkNumber("maxAuthRate", maxAuthRate, 1);
  return { auth, authMode, authCookie, authTimeout, maxFailedAuths, maxAuthRate };
}

/** Somebody who sets a mode believes that clients are authenticated. */
function checkNoAuth(options: AuthOptions<unknown>): undefined {
  for (const name of Object.keys(authOptionTypes) as (keyof AuthOptions<unknown>)[]) {
    if (options[name] !== undefined) throw new TypeError(`Cannot use ${name} without auth`);
  }
}

function checkNumber(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`Cannot use ${name} as it must be >= ${least}: current value is ${value}`);
}
