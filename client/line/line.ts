/** A line to the server: one connection at most, and another one when it is lost. */

import { delayBefore } from "./backoff.ts";
import { type CloseInfo, isRateClose, mayReconnect, unauthorized } from "../close_code.ts";
import { type EndOptions, endTransport } from "../transports/ending.ts";
import { describe } from "../errors.ts";
import type { Network, NetworkChange } from "./network.ts";
import type { Route } from "../transports/route.ts";
import type { ClientState, StateChange } from "../state.ts";
import type {
  Data,
  MessageKind,
  Target,
  Transport,
  TransportHandlers,
} from "../transports/transport.ts";
import { WayBack } from "./way_back.ts";

/** Settings of a line. */
export interface LineOptions extends EndOptions {
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly maxRetries: number;
  readonly connectTimeout: number;
  readonly random: () => number;
  readonly network: Network;
}

/** What a line needs from, and tells, its owner. */
export interface LineHandlers {
  /** Says where to connect; asked before each attempt. A rejection fails the attempt. */
  target(): Promise<Target>;
  /** Says where the best way is tried beside a connection. */
  probeTarget(): Promise<Target>;
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
  /** The best way gets through by now: {@linkcode Line.goBack} is to be called. */
  better(): void;
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
  readonly #wayBack: WayBack;
  #state: ClientState = "closed";
  // The present attempt, which may have become a connection.
  #attempt: object | undefined;
  #transport: Transport | undefined;
  /** How far it has come: the transport was tried, the server has answered, it carries messages. */
  #stage: "asked" | "tried" | "connected" | "open" = "asked";
  #establishedAt: number | undefined;
  // Between attempts.
  #failures = 0;
  #lastEnd: CloseInfo | undefined;
  #closed: Promise<void> = Promise.resolve();
  #stopTimer: () => void = () => {};
  #stopListening: () => void = () => {};

  constructor(options: LineOptions, route: Route, handlers: LineHandlers) {
    this.#options = options;
    this.#route = route;
    this.#handlers = handlers;
    this.#wayBack = new WayBack(route.best.open, options, {
      target: () => handlers.probeTarget(),
      found: () => handlers.better(),
    });
  }

  /** Where it stands. */
  get state(): ClientState {
    return this.#state;
  }

  /** Bytes that wait to be sent. */
  get bufferedAmount(): number {
    return this.#transport?.bufferedAmount ?? 0;
  }

  /** Whether a message would wait for others, or for a connection. */
  get isCongested(): boolean {
    return this.#transport?.isCongested ?? true;
  }

  /** How the last connection, or attempt, has ended; `undefined` before. */
  get lastEnd(): CloseInfo | undefined {
    return this.#lastEnd;
  }

  /** Connects now: for the first time, after it was closed, or instead of what there is. */
  connect(): void {
    const isNew = this.#state === "closed";
    void this.#abandon();
    if (isNew) {
      this.#failures = 0;
      this.#stopListening = this.#options.network.listen((change) => this.#networkChanged(change));
    }
    this.#attemptNow(isNew ? "connecting" : "reconnecting");
  }

  /**
   * The connection is ready for use.
   *
   * @returns `false` where it is not any more: who heard of it has ended it.
   */
  establish(): boolean {
    const attempt = this.#attempt;
    if (this.#stage !== "open" || this.#state === "open") return false;
    this.#stopTimer();
    this.#establishedAt = this.#options.clock.now();
    if (this.#route.current === this.#route.best) this.#wayBack.reset();
    else this.#wayBack.start();
    this.#change({ state: "open", transport: this.#route.current.name });
    return attempt === this.#attempt;
  }

  /**
   * Sends a message; nothing happens where there is no connection.
   *
   * @throws {unknown} The transport cannot carry it.
   */
  send(data: Data, kind: MessageKind = "event"): void {
    if (this.#stage === "open") this.#transport?.send(data, kind);
  }

  /** Sends a message of the client's own: a connection that does not carry it is no good. */
  say(text: string, kind: MessageKind): void {
    try {
      this.send(text, kind);
    } catch (error) {
      this.lose(describe(error));
    }
  }

  /** Gives the connection up, as if it had ended by itself. */
  lose(reason: string): void {
    this.end({ code: abnormal, reason, wasClean: false });
  }

  /** Ends the connection for a reason of ours, as if it were one of the server's. */
  end(close: CloseInfo): void {
    if (this.#attempt !== undefined) this.#ended(close);
  }

  /** Leaves the present connection for one by the best way. */
  goBack(): void {
    this.#route.reset();
    this.connect();
  }

  /**
   * Closes for good.
   *
   * @param code One that is allowed, as is the reason.
   * @returns Resolves when nothing is left of the connection, or after `closeTimeout`.
   */
  close(code: number, reason: string): Promise<void> {
    if (this.#state !== "closed") {
      this.#closed = this.#abandon(code, reason);
      this.#stop({ code, reason, wasClean: true });
    }
    return this.#closed;
  }

  // ----- Attempts -----

  #attemptNow(state: "connecting" | "reconnecting", close?: CloseInfo): void {
    // Before the change is reported: a listener may close the line.
    this.#begin();
    this.#change({ state, ...close && { close }, retryIn: 0 });
  }

  #begin(): void {
    const { clock, connectTimeout } = this.#options;
    const attempt = this.#attempt = {};
    this.#stopTimer = clock.after(connectTimeout, () => this.lose(this.#timeoutReason()));
    this.#open(attempt).catch((error) => {
      if (attempt === this.#attempt) this.lose(describe(error));
    });
  }

  #timeoutReason(): string {
    if (this.#stage !== "connected") return "Connection timed out";
    return "Connected, but no welcome has come: set idleTimeout: 0 if the server speaks no JSON";
  }

  async #open(attempt: object): Promise<void> {
    const target = await this.#handlers.target();
    if (attempt !== this.#attempt) return;
    this.#stage = "tried";
    this.#transport = this.#route.current.open(target, this.#transportHandlers(attempt));
  }

  #transportHandlers(attempt: object): TransportHandlers {
    const whenCurrent = (run: () => void) => attempt === this.#attempt && run();
    return {
      connected: () => whenCurrent(() => this.#stage = "connected"),
      opened: () => whenCurrent(() => this.#opened()),
      message: (data) => whenCurrent(() => this.#handlers.message(data)),
      alive: () => whenCurrent(() => this.#handlers.alive()),
      refused: (data, error) => whenCurrent(() => this.#handlers.refused(data, error)),
      closed: (close) =>
        whenCurrent(() => {
          // Nothing is left of it that could be closed.
          this.#transport = undefined;
          this.#ended(close);
        }),
    };
  }

  #opened(): void {
    this.#stage = "open";
    this.#route.opened();
    this.#handlers.opened();
  }

  #ended(close: CloseInfo): void {
    // Without a network, without an address, or by a Close of the server's, the way is not at fault.
    const wasTried = this.#stage === "tried" || this.#stage === "connected";
    const isWayAtFault = wasTried && this.#options.network.isOnline && !close.wasClean;
    const mayTryNext = isWayAtFault && this.#route.failed(this.#stage === "connected");
    if (this.#isStable()) this.#failures = 0;
    void this.#abandon();
    const { maxRetries } = this.#options;
    const mayRetry = close.code === unauthorized
      ? this.#handlers.mayRenew()
      : mayReconnect(close.code, close.reason);
    if (!mayRetry || this.#failures >= maxRetries) return this.#stop(close);
    if (!mayTryNext) return this.#wait(close);
    this.#lastEnd = close;
    this.#attemptNow("reconnecting", close);
  }

  #wait(close: CloseInfo): void {
    const { clock, network, maxDelay } = this.#options;
    const delay = delayBefore(this.#failures++, this.#options);
    // Without a network only a server on the same machine can be reached; its return is told. And a
    // server to which too much was sent is to have a rest.
    const isLate = !network.isOnline || isRateClose(close.code, close.reason);
    const retryIn = isLate ? Math.max(delay, maxDelay) : delay;
    this.#stopTimer = clock.after(retryIn, () => this.#attemptNow("reconnecting"));
    this.#lastEnd = close;
    this.#change({ state: "reconnecting", close, retryIn });
  }

  /** Leaves the present attempt, or connection, to itself. */
  #abandon(code = 1000, reason = ""): Promise<void> {
    const transport = this.#transport;
    const wasOpen = this.#stage === "open";
    this.#stopTimer();
    this.#wayBack.stop();
    this.#attempt = undefined;
    this.#transport = undefined;
    this.#stage = "asked";
    this.#establishedAt = undefined;
    if (wasOpen) this.#handlers.lost();
    if (transport === undefined) return Promise.resolve();
    return endTransport(transport, { code, reason }, this.#options);
  }

  #isStable(): boolean {
    const { clock } = this.#options;
    return this.#establishedAt !== undefined && clock.now() - this.#establishedAt >= stableAfter;
  }

  #stop(close: CloseInfo): void {
    this.#stopListening();
    this.#lastEnd = close;
    this.#change({ state: "closed", close });
  }

  #change(change: StateChange): void {
    this.#state = change.state;
    this.#handlers.changed(change);
  }

  // ----- Network -----

  #networkChanged(change: NetworkChange): void {
    const isNew = change === "online";
    if (isNew) {
      this.#route.reset();
      this.#wayBack.reset();
      this.#failures = 0;
    }
    if (this.#state === "open") this.#handlers.shaken();
    // An attempt by another network may only time out.
    else if (isNew || this.#attempt === undefined) this.connect();
  }
}
