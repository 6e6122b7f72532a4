/** Who a client is: what verifies a credential, and the options around it. */

/** What an {@linkcode Authenticator} has found out. */
export interface Grant<User> {
  /** Who it is: `client.user`. */
  readonly user: User;
  /**
   * Names the user for good. A connection can be renewed in place only by a grant of the same
   * subject; without a subject it cannot be renewed.
   */
  readonly subject?: string | undefined;
  /** When the grant ends, in milliseconds since 1970; by default never. */
  readonly expiresAt?: number | undefined;
  /** What the client is told about itself; by default nothing. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Who a client is, at the moment. */
export interface Identity<User> {
  /** What `client.user` says. */
  user: User;
}

/** Who presents a credential, and where. */
export interface AuthContext {
  /** The request that opens, or has opened, the connection. */
  readonly request: Request;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
}

/**
 * Verifies credentials. {@linkcode jwt} and {@linkcode apiKeys} make the usual ones; any object
 * with this method will do.
 *
 * @example Sessions of one's own
 * ```ts
 * import { App, type Authenticator } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const sessions = new Map([["s3cr3t", "ada"]]);
 * const auth: Authenticator<string> = {
 *   verify(token) {
 *     const user = sessions.get(token);
 *     return Promise.resolve(user === undefined ? undefined : { user, subject: user });
 *   },
 * };
 * const app = new App<object, object, string>({ auth });
 * assertEquals(app.size, 0);
 * ```
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

/** Options of an application that concern authentication. */
export interface AuthOptions<User> {
  /** Verifies who clients are. Without it, everybody is let in. */
  auth?: Authenticator<User>;
  /**
   * When a client says who it is. `"before"`: its upgrade request carries a token, else 401.
   * `"message"`: its first message is `auth`. `"either"`: as it likes.
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
   * Failed attempts per address and minute; then 429, or 1008 for an `auth` message. 0 is any
   * number.
   *
   * @default {10}
   */
  maxFailedAuths?: number;
}

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
  const { auth, authMode = "either", authCookie, authTimeout = 10_000, maxFailedAuths = 10 } =
    options;
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
  return { auth, authMode, authCookie, authTimeout, maxFailedAuths };
}

/** Somebody who sets a mode believes that clients are authenticated. */
function checkNoAuth(options: Omit<AuthOptions<unknown>, "auth">): undefined {
  for (const name of ["authMode", "authCookie", "authTimeout", "maxFailedAuths"] as const) {
    if (options[name] !== undefined) throw new TypeError(`Cannot use ${name} without auth`);
  }
}

function checkNumber(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`Cannot use ${name} as it must be >= ${least}: current value is ${value}`);
}
