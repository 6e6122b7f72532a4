/** JSON Web Tokens as credentials. */

import type { JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { checkOptions, type OptionType } from "../../../wire/option_checks.ts";
import { answerOf } from "../../contain.ts";
import type { Authenticator, Grant } from "./auth.ts";
import { type JwtKeyOptions, jwtKeyOptionTypes, type JwtKeys, resolveJwtKeys } from "./jwt_keys.ts";

/**
 * The claims of a token, RFC 7519 §4. {@linkcode jwt} has checked the signature, the times, and
 * what its options name; the type of a claim is the issuer's word.
 */
export interface JwtClaims {
  /** The issuer of the token. */
  readonly iss?: string;
  /** The subject: the user. */
  readonly sub?: string;
  /** The audience: the servers that it is for. */
  readonly aud?: string | string[];
  /** When it expires, in seconds since 1970. */
  readonly exp?: number;
  /** From when on it is valid, in seconds since 1970. */
  readonly nbf?: number;
  /** When it was issued, in seconds since 1970. */
  readonly iat?: number;
  /** Names the token. */
  readonly jti?: string;
  /** Any other claim. */
  readonly [claim: string]: unknown;
}

/**
 * Options of {@linkcode jwt}: the key, and what a token must say. Claims that are not asked for are
 * not checked, but for `exp` and `nbf`.
 *
 * @typeParam User What `client.user` is.
 */
export interface JwtOptions<User> extends JwtKeyOptions {
  /** Issuers that are trusted; by default any whose signature is right. */
  issuer?: string | readonly string[];
  /** Names that we go by, one of which a token must be for; by default it may be for anybody. */
  audience?: string | readonly string[];
  /** The `typ` that the header must have, where several kinds of token have the same issuer. */
  type?: string;
  /**
   * Seconds by which the clocks of the issuer and of this server may differ.
   *
   * @default {0}
   */
  clockTolerance?: number;
  /**
   * A token without `exp` is accepted, and its connection never expires.
   *
   * @default {false}
   */
  allowWithoutExpiry?: boolean;
  /**
   * Makes the user of the claims; `undefined` refuses the token.
   *
   * @default The claims.
   */
  user?: (claims: JwtClaims) => User | undefined;
  /**
   * The time in milliseconds since 1970, by which `exp` and `nbf` are checked.
   *
   * @default {Date.now}
   */
  now?: () => number;
}

const optionTypes = {
  ...jwtKeyOptionTypes,
  issuer: "string|object",
  audience: "string|object",
  type: "string",
  clockTolerance: "any",
  allowWithoutExpiry: "boolean",
  user: "function",
  now: "function",
} as const satisfies Record<keyof JwtOptions<unknown>, OptionType>;

/** Codes of jose for errors of the server or its JWK Set, not of the token. */
const ownFaults: ReadonlySet<string> = new Set([
  "ERR_JOSE_GENERIC",
  "ERR_JWK_INVALID",
  "ERR_JWKS_INVALID",
  "ERR_JWKS_TIMEOUT",
]);

/**
 * Verifies JSON Web Tokens. The options alone decide about keys and algorithms: `none` is never
 * accepted, and a token's `kid` only chooses among the keys of the set. A token that is refused is
 * told no reason.
 *
 * @typeParam User What `client.user` is; without the option `user` it must fit the claims.
 * @param options Key and checks.
 * @returns The authenticator, for `auth: { verify }` of an `App`.
 * @throws {TypeError} Not exactly one of `secret`, `publicKey` and `jwksUrl` is given, the secret
 * is too short, or an option is not known or does not fit.
 *
 * @example Accepting a token
 * ```ts
 * import { App, jwt, type JwtClaims, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 * import { SignJWT } from "jose";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const verify = jwt({ secret, audience: "chat" });
 * const app = new App<{ whoami: null }, object, JwtClaims>({ auth: { verify } });
 * app.on("whoami", ({ user }) => user.sub);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 *
 * const token = await new SignJWT({ sub: "ada", aud: "chat" })
 *   .setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h").sign(secret);
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`, { token });
 * assertEquals(await client.emitWithAck("whoami"), "ada");
 * ```
 */
export function jwt<User = JwtClaims>(options: JwtOptions<User>): Authenticator<User> {
  return new JwtAuthenticator(options);
}

class JwtAuthenticator<User> implements Authenticator<User> {
  readonly #options: JwtOptions<User>;
  readonly #keys: JwtKeys;
  readonly #checks: JWTVerifyOptions;
  readonly #tolerance: number;
  readonly #now: () => number;
  #key: Promise<JWTVerifyGetKey> | undefined;

  constructor(options: JwtOptions<User>) {
    checkOptions("jwt", options, optionTypes);
    const { issuer, audience, type, clockTolerance = 0, allowWithoutExpiry = false } = options;
    if (!(clockTolerance >= 0 && Number.isFinite(clockTolerance))) {
      throw new TypeError(
        `Cannot use clockTolerance as it must be >= 0: current value is ${clockTolerance}`,
      );
    }
    this.#options = { ...options };
    this.#keys = resolveJwtKeys(options);
    this.#tolerance = clockTolerance;
    this.#now = options.now ?? (() => Date.now());
    this.#checks = {
      algorithms: this.#keys.algorithms,
      clockTolerance,
      requiredClaims: allowWithoutExpiry ? [] : ["exp"],
      ...issuer !== undefined && { issuer: listOf(issuer) },
      ...audience !== undefined && { audience: listOf(audience) },
      ...type !== undefined && { typ: type },
    };
  }

  async verify(token: string): Promise<Grant<User> | undefined> {
    const claims = await this.#claimsOf(token);
    if (claims === undefined) return undefined;
    const { user: toUser } = this.#options;
    // The cast: without `user`, the User type is the application's word about the claims.
    const user = toUser === undefined
      ? claims as unknown as User
      : answerOf("user", () => toUser(claims));
    if (user === undefined) return undefined;
    const expiresAt = claims.exp && (claims.exp + this.#tolerance) * 1_000;
    return { user, claims, expiresAt, subject: this.#subjectOf(claims) };
  }

  async #claimsOf(token: string): Promise<JwtClaims | undefined> {
    const { errors, jwtVerify } = await import("jose");
    this.#key ??= this.#keys.load();
    try {
      const key = await this.#key;
      const currentDate = new Date(this.#now());
      return (await jwtVerify(token, key, { ...this.#checks, currentDate })).payload;
    } catch (error) {
      if (error instanceof errors.JOSEError && !ownFaults.has(error.code)) return undefined;
      throw error;
    }
  }

  /** RFC 7519 §4.1.2: a subject is unique for its issuer only. */
  #subjectOf({ iss, sub }: JwtClaims): string | undefined {
    const { issuer } = this.#options;
    if (typeof sub !== "string") return undefined;
    return typeof issuer === "string" ? sub : JSON.stringify([iss, sub]);
  }
}

function listOf(value: string | readonly string[]): string[] {
  return typeof value === "string" ? [value] : [...value];
}
