/** The token of a client: where it comes from, how it is presented, and when it ends. */

import { longestTimer } from "../wire/clock.ts";
import { isObject } from "../wire/parse_json.ts";
import type { Target } from "./transports/transport.ts";

/** A token, or a function that returns one, which is called for each connection. */
export type Token = string | (() => string | Promise<string>);

/**
 * Presentation of the token by WebSocket: `"message"`, by the first message, an event `auth`;
 * `"query"`, in the address, as `token`; `"subprotocol"`, as a subprotocol `bearer.<token>` that is
 * offered besides. Over HTTP the latter two are a field `Authorization`, RFC 6750 §2.1.
 */
export type TokenMethod = "message" | "query" | "subprotocol";

/** The token, and how it is presented. */
export class Credentials {
  readonly #token: Token | undefined;
  readonly #by: TokenMethod;

  constructor(token: Token | undefined, by: TokenMethod) {
    this.#token = token;
    this.#by = by;
  }

  /** Whether the token is presented by the first message. */
  get byMessage(): boolean {
    return this.#token !== undefined && this.#by === "message";
  }

  /** Whether a function provides new tokens. */
  get isRenewable(): boolean {
    return typeof this.#token === "function";
  }

  /** Gets the token, a new one where there is a function; rejects where that does. */
  async get(): Promise<string | undefined> {
    if (typeof this.#token !== "function") return this.#token;
    const token: unknown = await this.#token();
    if (typeof token === "string") return token;
    throw new TypeError(
      `Cannot use token as it must be a string: the function has returned ${typeof token}`,
    );
  }

  /** The part of a target that presents a token. */
  target(token: string | undefined): Pick<Target, "token" | "tokenBy"> {
    if (token === undefined || this.#by === "message") return {};
    return { token, tokenBy: this.#by };
  }
}

/**
 * Reads when a JWT ends, RFC 7519 §4.1.4. Nothing is verified: that is for the server.
 *
 * @param token Any token.
 * @param now Milliseconds since 1970.
 * @returns Milliseconds until then; `undefined` where the token does not say, or it is too far.
 */
export function timeLeft(token: string, now: number): number | undefined {
  const exp = readClaims(token).exp;
  const left = typeof exp === "number" ? exp * 1_000 - now : undefined;
  return left !== undefined && left <= longestTimer ? left : undefined;
}

function readClaims(token: string): Record<string, unknown> {
  const payload = token.split(".")[1] ?? "";
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return isObject(claims) ? claims : {};
  } catch {
    return {};
  }
}
