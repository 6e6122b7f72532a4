/** Sees from time to time whether the best transport gets through by now. */

import { type EndOptions, endTransport } from "../transports/ending.ts";
import type { OpenTransport, Target, Transport } from "../transports/transport.ts";

/** When it is tried, in milliseconds: first, and at the latest; each time twice as late. */
const firstDelay = 5_000;
const longestDelay = 300_000;

/** Settings of the way back. */
export interface WayBackOptions extends EndOptions {
  /** Milliseconds for an attempt. */
  readonly connectTimeout: number;
}

/** What the way back needs from the client. */
export interface WayBackHandlers {
  /** Says where to connect. A rejection is a failure. */
  target(): Promise<Target>;
  /** The transport gets through. */
  found(): void;
}

/**
 * Tries a transport beside the present connection, by a connection of its own, which carries
 * nothing and ends as soon as the server has said something.
 */
export class WayBack {
  readonly #open: OpenTransport;
  readonly #options: WayBackOptions;
  readonly #handlers: WayBackHandlers;
  #delay = firstDelay;
  #isStarted = false;
  #attempt: object | undefined;
  #transport: Transport | undefined;
  #stopTimer: () => void = () => {};

  constructor(open: OpenTransport, options: WayBackOptions, handlers: WayBackHandlers) {
    this.#open = open;
    this.#options = options;
    this.#handlers = handlers;
  }

  /** There is a connection by another transport. */
  start(): void {
    this.stop();
    this.#isStarted = true;
    this.#stopTimer = this.#options.clock.after(this.#delay, () => this.#try());
    this.#delay = Math.min(longestDelay, 2 * this.#delay);
  }

  /** That connection has ended. */
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

  /** The best transport is in use, or nothing is known of the network: the next delay is short. */
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
