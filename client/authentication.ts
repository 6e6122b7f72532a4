/** Presents the token: at the beginning of a connection, and again before it expires. */

import type { Clock } from "../wire/clock.ts";
import { type Credentials, timeLeft } from "./credentials.ts";
import { encodeAuth } from "../wire/client_message.ts";
import type { Target } from "./transports/transport.ts";

/** Functions of the client that authentication uses. */
export interface AuthenticationHandlers {
  /** Sends a message at once. */
  send(text: string): void;
  /** The server has accepted the token, or asks for none. */
  ready(): void;
  /** Getting a new token has failed. */
  failed(error: unknown): void;
}

/** Milliseconds before a token expires at which another one is presented. */
const margin = 30_000;

/** Least milliseconds between two tokens. */
const leastDelay = 1_000;

/** The authentication of one connection after the other. */
export class Authentication {
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #handlers: AuthenticationHandlers;
  #token: string | undefined;
  #isWaiting = false;
  /** Whether a token has been accepted since the server has last refused one. */
  #wasAccepted = false;
  #connection = 0;
  #stopTimer: () => void = () => {};

  constructor(credentials: Credentials, clock: Clock, handlers: AuthenticationHandlers) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Gets the token of the next connection; rejects where that fails. */
  async prepare(): Promise<Pick<Target, "token" | "tokenBy">> {
    const token = this.#token = await this.#credentials.get();
    return this.#credentials.target(token);
  }

  /** Gets the token of a probe; rejects where that fails. */
  async prepareProbe(): Promise<Pick<Target, "token" | "tokenBy">> {
    if (this.#credentials.byMessage) return {};
    return this.#credentials.target(await this.#credentials.get());
  }

  /** The connection has opened. */
  opened(): void {
    this.#isWaiting = this.#credentials.byMessage;
    if (this.#isWaiting) this.#handlers.send(encodeAuth(this.#token));
    else this.#accept();
  }

  /** Handles an event of the server. */
  receive(event: string, { code }: Readonly<Record<string, unknown>>): void {
    // A server without authentication knows no such event.
    const isOver = event === "auth_ok" || event === "error" && code === "UNKNOWN_EVENT";
    if (this.#isWaiting && isOver) this.#accept();
  }

  /** The connection has ended. */
  lost(): void {
    this.#connection++;
    this.#isWaiting = false;
    this.#stopTimer();
  }

  /** Whether another token may be accepted after one has expired. */
  mayRenew(): boolean {
    const mayRenew = this.#credentials.isRenewable && this.#wasAccepted;
    this.#wasAccepted = false;
    return mayRenew;
  }

  /** Presents a new token on the present connection; rejects where getting it fails. */
  async renew(): Promise<void> {
    const connection = this.#connection;
    const token = await this.#credentials.get();
    if (token === undefined || connection !== this.#connection) return;
    this.#present(token);
  }

  #present(token: string): void {
    this.#token = token;
    this.#handlers.send(encodeAuth(token));
    this.#schedule();
  }

  /** Presents a token that the function has renewed, or looks again later. */
  async #renewBeforeEnd(): Promise<void> {
    const connection = this.#connection;
    const token = await this.#credentials.get();
    if (connection !== this.#connection) return;
    if (token === undefined || token === this.#token) this.#schedule();
    else this.#present(token);
  }

  #accept(): void {
    this.#isWaiting = false;
    this.#wasAccepted = true;
    this.#schedule();
    this.#handlers.ready();
  }

  #schedule(): void {
    this.#stopTimer();
    if (!this.#credentials.isRenewable || this.#token === undefined) return;
    const left = timeLeft(this.#token, Date.now());
    if (left === undefined || left <= 0) return;
    const delay = Math.max(left - margin, left / 2, leastDelay);
    this.#stopTimer = this.#clock.after(delay, () => {
      this.#renewBeforeEnd().catch((error) => this.#handlers.failed(error));
    });
  }
}
