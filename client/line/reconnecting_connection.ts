/** A connection to the server, which is made again when it is lost. */

import { delayBefore } from "./backoff.ts";
import { type CloseInfo, isRateClose, mayReconnect, unauthorized } from "../close_code.ts";
import { type EndOptions, endTransport } from "../transports/ending.ts";
import { describe } from "../errors.ts";
import type { Network, NetworkChange } from "./network.ts";
import type { TransportSelector } from "../transports/transport_selector.ts";
import type { ClientState, StateChange } from "../state.ts";
import type {
  Data,
  MessageKind,
  Target,
  Transport,
  TransportHandlers,
  TransportName,
} from "../transports/transport.ts";
import { TransportProbe } from "./transport_probe.ts";

/** Settings of a connection. */
export interface ConnectionOptions extends EndOptions {
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly maxRetries: number;
  readonly connectTimeout: number;
  readonly random: () => number;
  readonly network: Network;
}

/** Functions of its owner that a connection uses, and its reports. */
export interface ConnectionHandlers {
  /** Returns where to connect, for each attempt. A rejection fails the attempt. */
  target(): Promise<Target>;
  /** Returns where to connect for a probe of the preferred transport. */
  probeTarget(): Promise<Target>;
  /** The transport has opened; `establish()` must be called within `connectTimeout`. */
  opened(): void;
  /** A message has arrived. */
  message(data: string | ArrayBuffer): void;
  /** The server has given a sign of life. */
  alive(): void;
  /** The server has rejected a message. */
  refused(data: Data, error: unknown): void;
  /** An opened connection has ended. */
  lost(): void;
  /** Whether to connect again after close code 4401. */
  mayRenew(): boolean;
  /** The network may have changed. */
  networkChanged(): void;
  /** The preferred transport works: `returnToPreferred()` should be called. */
  preferredAvailable(): void;
  /** The state has changed. */
  changed(change: StateChange): void;
}

/** A connection that lasted this long counts as a success: the next delay is short again. */
const stableAfter = 5_000;

const abnormal = 1006;

/** Connects and reconnects until it is closed. Reports of earlier connections are ignored. */
export class ReconnectingConnection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #selector: TransportSelector;
  readonly #probe: TransportProbe;
  #state: ClientState = "closed";
  // The present attempt, which may have become a connection.
  #attempt: object | undefined;
  #transport: Transport | undefined;
  /**
   * Progress of the attempt: the transport was tried, the server has answered, messages are
   * carried.
   */
  #stage: "asked" | "tried" | "connected" | "open" = "asked";
  #establishedAt: number | undefined;
  // Between attempts.
  #failures = 0;
  #lastEnd: CloseInfo | undefined;
  #closed: Promise<void> = Promise.resolve();
  #stopTimer: () => void = () => {};
  #stopListening: () => void = () => {};

  constructor(
    options: ConnectionOptions,
    selector: TransportSelector,
    handlers: ConnectionHandlers,
  ) {
    this.#options = options;
    this.#selector = selector;
    this.#handlers = handlers;
    this.#probe = new TransportProbe(selector.preferred.open, options, {
      target: () => handlers.probeTarget(),
      found: () => handlers.preferredAvailable(),
    });
  }

  /** State of the connection. */
  get state(): ClientState {
    return this.#state;
  }

  /** Name of the transport in use; `undefined` without a connection. */
  get transport(): TransportName | undefined {
    return this.#state === "open" ? this.#selector.current.name : undefined;
  }

  /** Bytes that are queued in the transport. */
  get bufferedAmount(): number {
    return this.#transport?.bufferedAmount ?? 0;
  }

  /** Whether a message would be queued. */
  get isCongested(): boolean {
    return this.#transport?.isCongested ?? true;
  }

  /** The end of the last connection or attempt; `undefined` before. */
  get lastEnd(): CloseInfo | undefined {
    return this.#lastEnd;
  }

  /** Connects now: for the first time, after a close, or in place of the present connection. */
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
   * Declares the connection ready.
   *
   * @returns `false` where it is not ready any more: a listener has ended it.
   */
  establish(): boolean {
    const attempt = this.#attempt;
    if (this.#stage !== "open" || this.#state === "open") return false;
    this.#stopTimer();
    this.#establishedAt = this.#options.clock.now();
    if (this.#selector.current === this.#selector.preferred) this.#probe.reset();
    else this.#probe.start();
    this.#change({ state: "open", transport: this.#selector.current.name });
    return attempt === this.#attempt;
  }

  /**
   * Sends a message; does nothing without a connection.
   *
   * @throws {unknown} The transport cannot carry it.
   */
  send(data: Data, kind: MessageKind = "event"): void {
    if (this.#stage === "open") this.#transport?.send(data, kind);
  }

  /** Sends a message of the client itself; a connection that cannot carry it has failed. */
  sendOwn(text: string, kind: MessageKind): void {
    try {
      this.send(text, kind);
    } catch (error) {
      this.fail(describe(error));
    }
  }

  /** Ends the connection as one that has failed. */
  fail(reason: string): void {
    this.end({ code: abnormal, reason, wasClean: false });
  }

  /** Ends the connection with a close of our own, and goes on as after one of the server. */
  end(close: CloseInfo): void {
    if (this.#attempt !== undefined) this.#ended(close);
  }

  /** Replaces the connection by one over the preferred transport. */
  returnToPreferred(): void {
    this.#selector.reset();
    this.connect();
  }

  /**
   * Closes for good.
   *
   * @param code An allowed code, with an allowed reason.
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
    // Before the change is reported: a listener may close the connection.
    this.#begin();
    this.#change({ state, ...close && { close }, retryIn: 0 });
  }

  #begin(): void {
    const { clock, connectTimeout } = this.#options;
    const attempt = this.#attempt = {};
    this.#stopTimer = clock.after(connectTimeout, () => this.fail(this.#timeoutReason()));
    this.#open(attempt).catch((error) => {
      if (attempt === this.#attempt) this.fail(describe(error));
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
    this.#transport = this.#selector.current.open(target, this.#transportHandlers(attempt));
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
          // It has closed already.
          this.#transport = undefined;
          this.#ended(close);
        }),
    };
  }

  #opened(): void {
    this.#stage = "open";
    this.#selector.opened();
    this.#handlers.opened();
  }

  #ended(close: CloseInfo): void {
    // The transport is not at fault without a network or an address, or after a Close frame.
    const wasTried = this.#stage === "tried" || this.#stage === "connected";
    const isWayAtFault = wasTried && this.#options.network.isOnline && !close.wasClean;
    const mayTryNext = isWayAtFault && this.#selector.failed(this.#stage === "connected");
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
    // Offline, only a server on the same machine can be reached; `online` is reported anyway. A
    // server that was sent too much needs a pause.
    const isLate = !network.isOnline || isRateClose(close.code, close.reason);
    const retryIn = isLate ? Math.max(delay, maxDelay) : delay;
    this.#stopTimer = clock.after(retryIn, () => this.#attemptNow("reconnecting"));
    this.#lastEnd = close;
    this.#change({ state: "reconnecting", close, retryIn });
  }

  /** Abandons the present attempt or connection. */
  #abandon(code = 1000, reason = ""): Promise<void> {
    const transport = this.#transport;
    const wasOpen = this.#stage === "open";
    this.#stopTimer();
    this.#probe.stop();
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
      this.#selector.reset();
      this.#probe.reset();
      this.#failures = 0;
    }
    if (this.#state === "open") this.#handlers.networkChanged();
    // An attempt by another network may only time out.
    else if (isNew || this.#attempt === undefined) this.connect();
  }
}
