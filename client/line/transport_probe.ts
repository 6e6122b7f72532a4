/** Probes from time to time whether the preferred transport works. */

import { type EndOptions, endTransport } from "../transports/ending.ts";
import type { OpenTransport, Target, Transport } from "../transports/transport.ts";

/** First and longest delay before a probe, in milliseconds; each is twice the last. */
const firstDelay = 5_000;
const longestDelay = 300_000;

/** Settings of the probe. */
export interface ProbeOptions extends EndOptions {
  /** Milliseconds for an attempt. */
  readonly connectTimeout: number;
}

/** Functions of the client that the probe uses. */
export interface ProbeHandlers {
  /** Returns where to connect. A rejection is a failure. */
  target(): Promise<Target>;
  /** The transport works. */
  found(): void;
}

/**
 * Tries a transport by a connection of its own, beside the present one. It carries nothing, and
 * closes at the first message of the server.
 */
export class TransportProbe {
  readonly #open: OpenTransport;
  readonly #options: ProbeOptions;
  readonly #handlers: ProbeHandlers;
  #delay = firstDelay;
  #isStarted = false;
  #attempt: object | undefined;
  #transport: Transport | undefined;
  #stopTimer: () => void = () => {};

  constructor(open: OpenTransport, options: ProbeOptions, handlers: ProbeHandlers) {
    this.#open = open;
    this.#options = options;
    this.#handlers = handlers;
  }

  /** A connection over another transport has opened: probing starts. */
  start(): void {
    this.stop();
    this.#isStarted = true;
    this.#stopTimer = this.#options.clock.after(this.#delay, () => this.#try());
    this.#delay = Math.min(longestDelay, 2 * this.#delay);
  }

  /** That connection has ended: probing stops. */
  stop(): void {
    const transport = this.#transport;
    this.#stopTimer();
    this.#isStarted = false;
    this.#attempt = undefined;
    this.#transport = undefined;
    if (transport !== undefined) {
      void endTransport(transport, { code: 1000, reason: "" }, this.#options);
    }
  }

  /** The preferred transport is in use, or the network has changed: the next delay is short. */
  reset(): void {
    this.#delay = firstDelay;
    if (this.#isStarted) this.start();
  }

  #try(): void {
    const attempt = this.#attempt = {};
    const failed = () => attempt === this.#attempt && this.start();
    const { clock, connectTimeout } = this.#options;
    this.#stopTimer = clock.after(connectTimeout, failed);
    this.#connect(attempt, failed).catch(failed);
  }

  async #connect(attempt: object, failed: () => void): Promise<void> {
    const target = await this.#handlers.target();
    if (attempt !== this.#attempt) return;
    this.#transport = this.#open(target, {
      connected() {},
      opened: () => this.#found(attempt),
      message() {},
      alive() {},
      refused() {},
      closed: failed,
    });
  }

  #found(attempt: object): void {
    if (attempt !== this.#attempt) return;
    this.stop();
    this.#handlers.found();
  }
}
