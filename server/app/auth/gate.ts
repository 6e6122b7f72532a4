/** Lets clients in: before the upgrade, or when they ask by a message. */

import type { Admission, Handshake } from "../../types.ts";
import { EventError } from "../events/errors.ts";
import type { AuthContext, Grant, ResolvedAuthOptions } from "./auth.ts";
import { type Attempt, AuthAttempts } from "./attempts.ts";
import { findPresented, findToken } from "./token.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { Deadlines, resolutionFor } from "../../deadlines.ts";

/**
 * A grant, or why there is none: `"refused"` is the token; `"limited"` too, told late, as too many
 * of its address were; `"busy"` tells nothing of the token, which was not verified.
 */
export type Verdict<User> = Grant<User> | "refused" | "limited" | "busy";

/**
 * Characters of a token; a longer one is refused unread.
 *
 * @limit characters: 401, or 1008 for an `auth` message
 */
const maxTokenLength = 8_192;

/** The clocks that authentication goes by. */
export interface AuthClocks {
  /** Never jumps: all waiting is done by it. */
  readonly clock: Clock;
  /** Milliseconds since 1970: what a grant's end is given in. */
  readonly wallClock: () => number;
}

/** Counts of the outcomes of attempts to sign in, over all of an application's time. */
export interface AuthCounts {
  /** Tokens accepted, renewals among them. */
  readonly accepted: number;
  /** Tokens refused at once. */
  readonly refused: number;
  /** Tokens refused late or not verified, as the address had failed too often. */
  readonly limited: number;
  /** Connections without an `auth` message in time. */
  readonly timedOut: number;
  /** Connections closed as their grant had ended. */
  readonly expired: number;
}

/** The authentication of one application. */
export class AuthGate<User> {
  readonly #options: ResolvedAuthOptions<User>;
  readonly #attempts: AuthAttempts;
  readonly #deadlines: Deadlines;
  readonly #wallClock: () => number;
  readonly #counts = { accepted: 0, refused: 0, limited: 0, timedOut: 0, expired: 0 };

  /**
   * @param options How to verify, and the limits.
   * @param clocks Time, as tests let it pass.
   */
  constructor(options: ResolvedAuthOptions<User>, clocks: Partial<AuthClocks> = {}) {
    const { clock = systemClock, wallClock = () => Date.now() } = clocks;
    this.#options = options;
    this.#attempts = new AuthAttempts(options, clock);
    this.#deadlines = new Deadlines({
      clock,
      resolution: resolutionFor([options.timeout]),
    });
    this.#wallClock = wallClock;
  }

  /** Counts of the outcomes so far. */
  get counts(): AuthCounts {
    return { ...this.#counts };
  }

  /**
   * Decides about a client that is to come in, by the token that it presents beside its request or
   * in it.
   *
   * @returns The error that refuses it, or what the connection may begin with.
   * @throws {unknown} What the authenticator rejects with.
   */
  async admit(handshake: Handshake): Promise<Admission | EventError> {
    const { mode, cookie } = this.#options;
    // In mode "message" the request is not looked at: making it takes time.
    const found = findPresented(handshake.auth) ??
      (mode === "message" ? undefined : findToken(handshake.request, handshake.protocols, cookie));
    // A client that presents something beside its request has no `auth` message to send later.
    const mayFollow = mode !== "before" && handshake.auth === undefined;
    if (found === undefined && mayFollow) return {};
    if (found === undefined || found.token === "") {
      return new EventError("UNAUTHORIZED", "Missing token");
    }
    const verdict = await this.verify(found.token, handshake);
    if (verdict === "limited" || verdict === "busy") return this.#tooManyAttempts(verdict);
    if (verdict !== "refused") return { grant: verdict, fallbackProtocol: found.protocol };
    const details = { reason: "invalid_token" };
    return new EventError("UNAUTHORIZED", "Invalid token", { details });
  }

  /**
   * Verifies a token, and counts it where it fails. A good token is accepted however many others of
   * its address fail; meanwhile it may have to wait, and the others are told late.
   *
   * @throws {unknown} What the authenticator rejects with.
   */
  async verify(token: unknown, context: AuthContext): Promise<Verdict<User>> {
    const { remoteAddress } = context;
    if (!isToken(token)) return await this.#refuse(remoteAddress);
    if (!await this.#attempts.begin(remoteAddress)) return this.#count("busy");
    let outcome: Attempt = "undecided";
    try {
      const grant = checkGrant(await this.#options.verify(token, context));
      outcome = grant === undefined ? "refused" : "accepted";
      if (grant !== undefined) return this.#accept(grant);
    } finally {
      this.#attempts.end(remoteAddress, outcome);
    }
    return await this.#refuse(remoteAddress);
  }

  /**
   * Verifies the token that renews a grant, independent of others of its address. Where it fails,
   * the connection is closed, and the address has one failure more.
   *
   * @throws {unknown} What the authenticator rejects with.
   */
  async renew(token: unknown, context: AuthContext): Promise<Grant<User> | "refused"> {
    const { verify } = this.#options;
    const grant = isToken(token) ? checkGrant(await verify(token, context)) : undefined;
    if (grant !== undefined) return this.#accept(grant);
    this.#attempts.fail(context.remoteAddress);
    return this.#count("refused");
  }

  /** Waits for an `auth` message, or its verification. Returns what calls it off. */
  expectAuth(late: () => void): () => void {
    return this.#deadlines.after(this.#options.timeout, () => {
      this.#counts.timedOut++;
      late();
    });
  }

  /**
   * Waits for the end of a grant. The wall clock is asked once, now: what is left is measured by
   * the clock that never jumps, so that setting the time ends no connection, nor prolongs one.
   */
  expectEnd(expiresAt: number, ended: () => void): () => void {
    return this.#deadlines.after(expiresAt - this.#wallClock(), () => {
      this.#counts.expired++;
      ended();
    });
  }

  async #refuse(remoteAddress: string): Promise<"refused" | "limited"> {
    const delay = this.#attempts.fail(remoteAddress);
    if (delay === 0) return this.#count("refused");
    await new Promise<void>((resolve) => void this.#deadlines.after(delay, resolve));
    return this.#count("limited");
  }

  #accept(grant: Grant<User>): Grant<User> {
    this.#counts.accepted++;
    return grant;
  }

  #count<Outcome extends "refused" | "limited" | "busy">(outcome: Outcome): Outcome {
    if (outcome === "refused") this.#counts.refused++;
    else this.#counts.limited++;
    return outcome;
  }

  #tooManyAttempts(why: "limited" | "busy"): EventError {
    const text = why === "busy" ? "Too many attempts at once" : "Too many failed attempts";
    const retryAfter = why === "busy" ? 1 : this.#attempts.retryAfter;
    return new EventError("RATE_LIMITED", text, { details: { retryAfter } });
  }
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxTokenLength;
}

/**
 * An authenticator that writes `null` or `false` for "no" must let nobody in.
 *
 * @throws {TypeError} The answer is neither a grant nor `undefined`.
 */
function checkGrant<User>(answer: Grant<User> | undefined): Grant<User> | undefined {
  if (answer === undefined) return undefined;
  if (typeof answer === "object" && answer !== null && "user" in answer) return answer;
  const kind = answer === null ? "null" : typeof answer;
  throw new TypeError(
    `Cannot tell who a client is: verify must answer { user } or undefined, and answered ${kind}`,
  );
}
