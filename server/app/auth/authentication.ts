/** The identity of one client: known by its request or by a message, as long as its grants last. */

import { type CloseKind, Closes } from "../../../wire/close_code.ts";
import { closeReason } from "./close_reason.ts";
import type { EventError } from "../events/errors.ts";
import type { AuthContext, Grant } from "./auth.ts";
import type { AuthGate, Verdict } from "./gate.ts";

/** The client, as authentication sees and changes it. */
export interface AuthenticationHandlers<User> {
  /** The grant that the client was admitted with, where it has signed in by its request. */
  readonly grant: Grant<User> | undefined;
  /**
   * Decides about a client that has signed in by a message. Resolves to the error that refuses it;
   * rejects where it has failed.
   */
  readonly guard: (user: User) => Promise<EventError | undefined>;
  /** The client is this user from now on. */
  readonly identified: (user: User) => void;
  /** Closes the connection. */
  readonly close: (code: number, reason: string) => void;
  /** The authenticator has failed. Does not throw. */
  readonly failed: (error: unknown) => void;
}

/**
 * Bytes of the message that brings a token: twice what the longest token has.
 *
 * @limit bytes: 1008
 */
const maxAuthSize = 16_384;

/**
 * Follows one client. A grant's end closes the connection with 4401, unless a token of the same
 * subject has come before.
 */
export class Authentication<User> {
  readonly #gate: AuthGate<User>;
  readonly #origin: AuthContext;
  readonly #handlers: AuthenticationHandlers<User>;
  #stage: "waiting" | "verifying" | "known" | "ended" = "waiting";
  #subject: string | undefined;
  #cancelTimeout: (() => void) | undefined;

  /**
   * @param gate The authentication of the application.
   * @param origin Where the client comes from.
   * @param handlers Called with the results.
   */
  constructor(
    gate: AuthGate<User>,
    origin: AuthContext,
    handlers: AuthenticationHandlers<User>,
  ) {
    this.#gate = gate;
    this.#origin = origin;
    this.#handlers = handlers;
  }

  /** Whether the client has yet to present a token. */
  get isAwaited(): boolean {
    return this.#stage === "waiting";
  }

  /**
   * The connection begins.
   *
   * @returns The admission of its request; `undefined` where the client is to present a token,
   * for which it has a limited time.
   */
  begin(): Grant<User> | undefined {
    const { grant } = this.#handlers;
    if (grant === undefined) this.#expectToken();
    else this.#take(grant);
    return grant;
  }

  /** Whether a message of this size may be read: of a stranger nothing long is. */
  mayRead(size: number): boolean {
    if (this.#stage === "waiting" && size > maxAuthSize) this.#end(Closes.notAuthenticated);
    return this.#stage !== "ended";
  }

  /**
   * Whether what the client says may be passed on. A client that sends anything but a token at
   * first is closed. While its token is verified, a wire that cannot hold messages back may report
   * some: these may be kept until the client is known.
   */
  mayPass(): boolean {
    if (this.#stage === "waiting") this.#end(Closes.notAuthenticated);
    return this.#stage !== "ended";
  }

  /**
   * Takes the first token of a client that is awaited, or one that renews its grant.
   *
   * @returns `false` where the connection has ended, over this or meanwhile. Never rejects.
   */
  async present(token: unknown): Promise<boolean> {
    const isFirst = this.isAwaited;
    if (isFirst) this.#stage = "verifying";
    else this.#expectToken();
    const grant = await this.#verify((gate, context) =>
      isFirst ? gate.verify(token, context) : gate.renew(token, context)
    );
    if (grant === undefined) return false;
    if (!isFirst && (grant.subject === undefined || grant.subject !== this.#subject)) {
      this.#end(Closes.authenticationFailed);
      return false;
    }
    if (isFirst && !await this.#mayEnter(grant.user)) return false;
    this.#take(grant);
    return true;
  }

  /** Asks the guards. Returns `false` where the connection has ended, over this or meanwhile. */
  async #mayEnter(user: User): Promise<boolean> {
    try {
      const refusal = await this.#handlers.guard(user);
      if (refusal !== undefined) this.#end({ code: 1008, reason: closeReason(refusal.message) });
    } catch (error) {
      this.#handlers.failed(error);
      this.#end(Closes.internalError);
    }
    // It may have gone while they were asked.
    return this.#stage === "verifying";
  }

  /** The client is gone. */
  end(): void {
    this.#stage = "ended";
    this.#cancelTimeout?.();
  }

  /** Returns `undefined` where the connection has ended, over this or meanwhile. */
  async #verify(
    ask: (gate: AuthGate<User>, context: AuthContext) => Promise<Verdict<User>>,
  ): Promise<Grant<User> | undefined> {
    const { request, remoteAddress } = this.#origin;
    try {
      const verdict = await ask(this.#gate, { request, remoteAddress });
      if (verdict === "refused") this.#end(Closes.authenticationFailed);
      else if (verdict === "limited") this.#end(Closes.tooManyFailedAttempts);
      else if (verdict === "busy") this.#end(Closes.tooManyAttempts);
      else if (this.#stage !== "ended") return verdict;
    } catch (error) {
      this.#handlers.failed(error);
      this.#end(Closes.internalError);
    }
    return undefined;
  }

  #take({ user, subject, expiresAt }: Grant<User>): void {
    this.#stage = "known";
    this.#handlers.identified(user);
    this.#subject = subject;
    this.#cancelTimeout?.();
    this.#cancelTimeout = expiresAt === undefined
      ? undefined
      : this.#gate.expectEnd(expiresAt, () => this.#end(Closes.tokenExpired));
  }

  #expectToken(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = this.#gate.expectAuth(() => {
      this.#end(Closes.authenticationTimeout);
    });
  }

  #end({ code, reason }: Omit<CloseKind, "advice">): void {
    if (this.#stage === "ended") return;
    this.end();
    this.#handlers.close(code, reason);
  }
}
