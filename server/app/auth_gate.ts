/** Lets clients in: before the upgrade, or when they ask by a message. */

import type { Admission, RequestInfo } from "../types.ts";
import type { AuthContext, Grant, ResolvedAuthOptions } from "./auth.ts";
import { AuthFailures } from "./auth_failures.ts";
import { findToken } from "./auth_token.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Timeouts } from "./timeouts.ts";

/** A grant, or why there is none. */
export type Verdict<User> = Grant<User> | "refused" | "limited";

/** Characters of a token; a longer one is refused unread. */
const maxTokenLength = 8_192;

/** The clocks that authentication goes by. */
export interface AuthClocks {
  /** Never jumps: all waiting is done by it. */
  readonly clock: Clock;
  /** Milliseconds since 1970: what a grant's end is given in. */
  readonly wallClock: () => number;
}

/**
 * What has come of attempts to sign in, over all of an application's time.
 *
 * @example Somebody tries a wrong key
 * ```ts
 * import { apiKeys, App, type AuthCounts } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App({ auth: apiKeys(["k-1"]) });
 * const request = new Request("http://localhost/ws?token=k-2");
 * await app.admit(request, { remoteAddress: "192.0.2.1", protocols: [] });
 *
 * const counts: AuthCounts | undefined = app.stats()["/"]?.auth;
 * assertEquals([counts?.accepted, counts?.refused], [0, 1]);
 * ```
 */
export interface AuthCounts {
  /** Tokens accepted, renewals among them. */
  readonly accepted: number;
  /** Tokens refused. */
  readonly refused: number;
  /** Tokens not tried, as the address had failed too often. */
  readonly limited: number;
  /** Connections without an `auth` message in time. */
  readonly timedOut: number;
  /** Connections closed as their grant had ended. */
  readonly expired: number;
}

/** The authentication of one application. */
export class AuthGate<User> {
  readonly #options: ResolvedAuthOptions<User>;
  readonly #failures: AuthFailures;
  readonly #timeouts: Timeouts;
  readonly #wallClock: () => number;
  readonly #counts = { accepted: 0, refused: 0, limited: 0, timedOut: 0, expired: 0 };

  /**
   * @param options How to verify, and the limits.
   * @param clocks Time, as tests let it pass.
   */
  constructor(options: ResolvedAuthOptions<User>, clocks: Partial<AuthClocks> = {}) {
    const { clock = systemClock, wallClock = () => Date.now() } = clocks;
    this.#options = options;
    this.#failures = new AuthFailures(options.maxFailedAuths, () => clock.now());
    this.#timeouts = new Timeouts(clock, options.authTimeout);
    this.#wallClock = wallClock;
  }

  /** What has come of attempts so far. */
  get counts(): AuthCounts {
    return { ...this.#counts };
  }

  /**
   * Decides about an upgrade request.
   *
   * @returns The response that refuses it, or what the connection may begin with.
   * @throws {unknown} What the authenticator rejects with.
   */
  async admit(request: Request, info: RequestInfo): Promise<Response | Admission> {
    const { authMode, authCookie } = this.#options;
    if (authMode === "message") return {};
    const found = findToken(request, info.protocols, authCookie);
    if (found === undefined && authMode === "either") return {};
    if (found === undefined || found.token === "") return unauthorized("Missing token");
    const { remoteAddress } = info;
    const verdict = await this.verify(found.token, { request, remoteAddress });
    if (verdict === "limited") return this.#tooManyRequests();
    if (verdict === "refused") return unauthorized("Invalid token", "invalid_token");
    return { grant: verdict, fallbackProtocol: found.protocol };
  }

  /**
   * Verifies a token, and counts it where it fails. Whoever asks while others of its address fail
   * is told nothing but that.
   *
   * @throws {unknown} What the authenticator rejects with.
   */
  async verify(token: unknown, context: AuthContext): Promise<Verdict<User>> {
    const { remoteAddress } = context;
    if (this.#failures.isBlocked(remoteAddress)) return this.#count("limited");
    const grant = isToken(token) ? await this.#options.auth.verify(token, context) : undefined;
    // Many may have been verified at once: no more than the limit learn how it went.
    if (this.#failures.isBlocked(remoteAddress)) return this.#count("limited");
    if (grant !== undefined) {
      this.#counts.accepted++;
      return grant;
    }
    this.#failures.add(remoteAddress);
    return this.#count("refused");
  }

  /** Waits for an `auth` message, or its verification. Returns what calls it off. */
  expectAuth(late: () => void): () => void {
    return this.#timeouts.add(this.#options.authTimeout, () => {
      this.#counts.timedOut++;
      late();
    });
  }

  /**
   * Waits for the end of a grant. The wall clock is asked once, now: what is left is measured by
   * the clock that never jumps, so that setting the time ends no connection, nor prolongs one.
   */
  expectEnd(expiresAt: number, ended: () => void): () => void {
    return this.#timeouts.add(expiresAt - this.#wallClock(), () => {
      this.#counts.expired++;
      ended();
    });
  }

  #count(outcome: "refused" | "limited"): "refused" | "limited" {
    this.#counts[outcome]++;
    return outcome;
  }

  #tooManyRequests(): Response {
    const headers = { "retry-after": `${this.#failures.retryAfter}` };
    return new Response("Too many failed attempts", { status: 429, headers });
  }
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxTokenLength;
}

/** RFC 6750 §3: an error is named only to who has tried. */
function unauthorized(message: string, error?: string): Response {
  const challenge = error === undefined ? "Bearer" : `Bearer error="${error}"`;
  return new Response(message, { status: 401, headers: { "www-authenticate": challenge } });
}
