/** A session of a client that must say who it is, and goes on saying so while grants end. */

import type { CloseInfo } from "../../types.ts";
import type { AuthContext, Grant, Identity } from "./auth.ts";
import type { AuthGate, Verdict } from "./gate.ts";
import type { EventError } from "../events/errors.ts";
import type { Answer, IncomingEvent, JoinRequest, LeaveRequest, Peer, Session } from "../peer.ts";
import type { PeerSession, SessionClient } from "../clients/session.ts";

/** What authentication does for, and to, a client. */
export interface AuthSessionContext<User> {
  readonly gate: AuthGate<User>;
  readonly client: SessionClient & { readonly id: string };
  /** Is told of each grant. */
  readonly identity: Identity<User>;
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
 * Stands before a {@linkcode PeerSession} and passes nothing on before the client is known. A
 * grant's end closes the connection with 4401, unless an `auth` message of the same subject has
 * come before.
 */
export class AuthSession<C extends SessionClient, User> implements Session {
  readonly #peer: Peer;
  readonly #inner: PeerSession<C>;
  readonly #context: AuthSessionContext<User>;
  #stage: "waiting" | "verifying" | "open" | "ended" = "waiting";
  #subject: string | undefined;
  #cancelTimeout: (() => void) | undefined;

  constructor(peer: Peer, inner: PeerSession<C>, context: AuthSessionContext<User>) {
    this.#peer = peer;
    this.#inner = inner;
    this.#context = context;
  }

  /** See {@linkcode Session}. */
  open(): void {
    // The cast: what this application's gate has admitted.
    const grant = this.#peer.admission?.grant as Grant<User> | undefined;
    if (grant === undefined) {
      this.#peer.welcome({ id: this.#context.client.id, rateLimit: this.#inner.allowance });
      return this.#expectAuth();
    }
    this.#take(grant);
    if (!this.#inner.welcome()) return;
    this.#peer.authenticated(grant.claims);
    this.#inner.wait(this.#inner.connect());
  }

  /** See {@linkcode Session}. Of a stranger nothing long is read. */
  mayRead(size: number): boolean {
    if (this.#stage !== "waiting") return this.#stage !== "ended" && this.#inner.mayRead(size);
    if (size <= maxAuthSize) return true;
    this.#end(1008, "Not authenticated");
    return false;
  }

  /** See {@linkcode Session}. */
  event(event: IncomingEvent): Promise<void> | void {
    if (this.#mayPass()) return this.#inner.event(event);
  }

  /** See {@linkcode Session}. */
  join(request: JoinRequest): Promise<void> | void {
    if (this.#mayPass()) return this.#inner.join(request);
  }

  /** See {@linkcode Session}. */
  leave(request: LeaveRequest): Promise<void> | void {
    if (this.#mayPass()) return this.#inner.leave(request);
  }

  /** See {@linkcode Session}. */
  malformed(error: EventError, event?: string): void {
    if (this.#mayPass()) this.#inner.malformed(error, event);
  }

  /** See {@linkcode Session}. */
  answered(ackId: number, answer: Answer): void {
    if (this.#mayPass()) this.#inner.answered(ackId, answer);
  }

  /** See {@linkcode Session}. */
  auth(token: unknown): Promise<void> | void {
    if (this.#stage === "waiting") {
      this.#stage = "verifying";
      return this.#inner.wait(this.#authenticate(token));
    }
    if (this.#mayPass() && this.#inner.admit()) return this.#inner.wait(this.#renew(token));
  }

  /** See {@linkcode Session}. */
  closed(close: CloseInfo): void {
    this.#stage = "ended";
    this.#cancelTimeout?.();
    this.#inner.closed(close);
  }

  /**
   * Ends the connection of a client that sends anything but `auth` at first. While its token is
   * verified, a wire that cannot hold messages back may report some: the inner session keeps them.
   */
  #mayPass(): boolean {
    if (this.#stage === "waiting") this.#end(1008, "Not authenticated");
    return this.#stage !== "ended";
  }

  async #authenticate(token: unknown): Promise<void> {
    const grant = await this.#verify((gate, context) => gate.verify(token, context));
    if (grant === undefined) return;
    this.#take(grant);
    this.#peer.authenticated();
    await this.#inner.connect();
  }

  async #renew(token: unknown): Promise<void> {
    this.#expectAuth();
    const grant = await this.#verify((gate, context) => gate.renew(token, context));
    if (grant === undefined) return;
    if (grant.subject === undefined || grant.subject !== this.#subject) {
      return this.#end(1008, "Authentication failed");
    }
    this.#take(grant);
    this.#peer.authenticated();
  }

  /** Returns `undefined` where the connection has ended, over this or meanwhile. */
  async #verify(
    ask: (gate: AuthGate<User>, context: AuthContext) => Promise<Verdict<User>>,
  ): Promise<Grant<User> | undefined> {
    const { request, remoteAddress } = this.#peer;
    try {
      const verdict = await ask(this.#context.gate, { request, remoteAddress });
      if (verdict === "refused") this.#end(1008, "Authentication failed");
      else if (verdict === "limited") this.#end(1008, "Too many failed attempts");
      else if (verdict === "busy") this.#end(1013, "Too many attempts at once");
      else if (this.#stage !== "ended") return verdict;
    } catch (error) {
      this.#context.failed(error);
      this.#end(1011, "Internal error");
    }
    return undefined;
  }

  #take({ user, subject, expiresAt }: Grant<User>): void {
    const { gate, identity } = this.#context;
    this.#stage = "open";
    identity.user = user;
    this.#subject = subject;
    this.#cancelTimeout?.();
    this.#cancelTimeout = expiresAt === undefined
      ? undefined
      : gate.expectEnd(expiresAt, () => this.#end(4401, "token expired"));
  }

  #expectAuth(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = this.#context.gate.expectAuth(() => {
      this.#end(1008, "Authentication timed out");
    });
  }

  #end(code: number, reason: string): void {
    if (this.#stage === "ended") return;
    this.#stage = "ended";
    this.#cancelTimeout?.();
    this.#context.client.close(code, reason);
  }
}
