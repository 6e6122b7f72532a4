/** A line to the server: one connection at most, and another one when it is lost. */

import { backoffDelay } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { type CloseInfo, mayReconnect, unauthorized } from "./close_code.ts";
import { describe } from "./errors.ts";
import type { Network, NetworkChange } from "./network.ts";
import type { Route } from "./route.ts";
import type { ClientState, StateChange } from "./state.ts";
import type { Data, MessageKind, Target, Transport } from "./transport.ts";

/** Settings of a line. */
export interface LineOptions {
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly maxRetries: number;
  readonly connectTimeout: number;
  readonly random: () => number;
  readonly clock: Clock;
  readonly network: Network;
}

/** What a line needs from, and tells, its owner. */
export interface LineHandlers {
  /** Says where to connect; asked before each attempt. A rejection fails the attempt. */
  target(): Promise<Target>;
  /** There is a connection; {@linkcode Line.establish} is to be called within `connectTimeout`. */
  opened(): void;
  /** A message has come. */
  message(data: string | ArrayBuffer): void;
  /** The server is there. */
  alive(): void;
  /** The server does not take a message. */
  refused(data: Data, error: unknown): void;
  /** An opened connection has ended. */
  lost(): void;
  /** Whether 4401 is worth another attempt. */
  mayRenew(): boolean;
  /** The network may be another one. */
  shaken(): void;
  /** The state has changed. */
  changed(change: StateChange): void;
}

/** A connection that lasted this long counts as a success: the next delay is short again. */
const stableAfter = 5_000;

const abnormal = 1006;

/**
 * Connects, and connects again, until told to stop. What an earlier connection reports is ignored.
 */
export class Line {
  readonly #options: LineOptions;
  readonly #handlers: LineHandlers;
  readonly #route: Route;
  #state: ClientState = "closed";
  // The present attempt, which may have become a connection.
  #attempt: object | undefined;
  #transport: Transport | undefined;
  #isOpen = false;
  #establishedAt: number | undefined;
  // Between attempts.
  #failures = 0;
  #stopTimer: () => void = () => {};
  #stopListening: () => void = () => {};

  constructor(options: LineOptions, route: Route, handlers: LineHandlers) {
    this.#options = options;
    this.#route = route;
    this.#handlers = handlers;
  }

  /** Where it stands. */
  get state(): ClientState {
    return this.#state;
  }

  /** Bytes that wait to be sent. */
  get bufferedAmount(): number {
    return this.#transport?.bufferedAmount ?? 0;
  }

  /** Connects now: for the first time, after it was closed, or instead of what there is. */
  connect(): void {
    const isNew = this.#state === "closed";
    const wasWaiting = this.#attempt === undefined;
    void this.#abandon();
    if (isNew) {
      this.#failures = 0;
      this.#stopListening = this.#options.network.listen((change) => this.#networkChanged(change));
    }
    if (isNew || !wasWaiting || this.#state === "open") {
      this.#change({ state: isNew ? "connecting" : "reconnecting", retryIn: 0 });
    }
    this.#begin();
  }

  /** The connection is ready for use. */
  establish(): void {
    if (!this.#isOpen || this.#state === "open") return;
    this.#stopTimer();
    this.#establishedAt = this.#options.clock.now();
    this.#change({ state: "open", transport: this.#route.current.name });
  }

  /** Sends a message; nothing happens where there is no connection. */
  send(data: Data, kind: MessageKind = "event"): void {
    if (this.#isOpen) this.#transport?.send(data, kind);
  }

  /** Gives the connection up, as if it had ended by itself. */
  lose(reason: string): void {
    this.end({ code: abnormal, reason, wasClean: false });
  }

  /** Ends the connection for a reason of ours, as if it were one of the server's. */
  end(close: CloseInfo): void {
    if (this.#attempt !== undefined) this.#ended(close);
  }

  /**
   * Closes for good.
   *
   * @returns Resolves when nothing is left of the connection.
   * @throws {DOMException} The code or the reason is not allowed.
   */
  close(code: number, reason: string): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    const ended = this.#abandon(code, reason);
    this.#stop({ code, reason, wasClean: true });
    return ended;
  }

  // ----- Attempts -----

  #begin(): void {
    const { clock, connectTimeout } = this.#options;
    const attempt = this.#attempt = {};
    this.#stopTimer = clock.after(connectTimeout, () => this.lose("Connection timed out"));
    this.#open(attempt).catch((error) => {
      if (attempt === this.#attempt) this.lose(describe(error));
    });
  }

  async #open(attempt: object): Promise<void> {
    const target = await this.#handlers.target();
    if (attempt !== this.#attempt) return;
    const whenCurrent = (run: () => void) => attempt === this.#attempt && run();
    this.#transport = this.#route.current.open(target, {
      opened: () => whenCurrent(() => this.#opened()),
      message: (data) => whenCurrent(() => this.#handlers.message(data)),
      alive: () => whenCurrent(() => this.#handlers.alive()),
      refused: (data, error) => whenCurrent(() => this.#handlers.refused(data, error)),
      closed: (close) => whenCurrent(() => this.#ended(close)),
    });
  }

  #opened(): void {
    this.#isOpen = true;
    this.#route.opened();
    this.#handlers.opened();
  }

  #ended(close: CloseInfo): void {
    if (!this.#isOpen) this.#route.failed();
    if (this.#isStable()) this.#failures = 0;
    void this.#abandon();
    const { maxRetries } = this.#options;
    const mayRetry = close.code === unauthorized
      ? this.#handlers.mayRenew()
      : mayReconnect(close.code);
    if (!mayRetry || this.#failures >= maxRetries) return this.#stop(close);
    this.#wait(close);
  }

  #wait(close: CloseInfo): void {
    const { clock, network, maxDelay } = this.#options;
    const delay = backoffDelay(this.#failures++, this.#options);
    // Without a network only a server on the same machine can be reached; its return is told.
    const retryIn = network.isOnline ? delay : Math.max(delay, maxDelay);
    this.#stopTimer = clock.after(retryIn, () => this.#begin());
    this.#change({ state: "reconnecting", close, retryIn });
  }

  /** Leaves the present attempt, or connection, to itself. */
  #abandon(code = 1000, reason = ""): Promise<void> {
    const transport = this.#transport;
    // First, as it throws where the code is not allowed; then nothing has changed.
    const ended = transport?.close(code, reason) ?? Promise.resolve();
    const wasOpen = this.#isOpen;
    this.#stopTimer();
    this.#attempt = undefined;
    this.#transport = undefined;
    this.#isOpen = false;
    this.#establishedAt = undefined;
    if (wasOpen) this.#handlers.lost();
    return ended;
  }

  #isStable(): boolean {
    const { clock } = this.#options;
    return this.#establishedAt !== undefined && clock.now() - this.#establishedAt >= stableAfter;
  }

  #stop(close: CloseInfo): void {
    this.#stopListening();
    this.#change({ state: "closed", close });
  }

  #change(change: StateChange): void {
    this.#state = change.state;
    this.#handlers.changed(change);
  }

  // ----- Network -----

  #networkChanged(change: NetworkChange): void {
    if (change === "online") this.#route.reset();
    if (this.#attempt === undefined) this.connect();
    else if (this.#state === "open") this.#handlers.shaken();
  }
}
