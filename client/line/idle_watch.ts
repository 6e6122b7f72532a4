/** Detects a dead connection by its silence: browsers neither report pings nor send any. */

import type { Clock } from "../../wire/clock.ts";

/** Functions that are called after silence. */
export interface IdleHandlers {
  /** Asks the server for a sign of life. */
  probe(): void;
  /** The server has not answered in time. */
  dead(): void;
}

/** Watches one connection after the other. */
export class IdleWatch {
  readonly #idleTimeout: number;
  readonly #answerTimeout: number;
  readonly #clock: Clock;
  readonly #handlers: IdleHandlers;
  #receivedAt = 0;
  /** Whether the server has sent anything since it was asked. */
  #hasAnswered = false;
  #stopTimer: () => void = () => {};

  /**
   * @param idleTimeout Milliseconds of silence before the server is asked; 0 is never.
   * @param answerTimeout Milliseconds that it has to answer.
   */
  constructor(idleTimeout: number, answerTimeout: number, clock: Clock, handlers: IdleHandlers) {
    this.#idleTimeout = idleTimeout;
    this.#answerTimeout = answerTimeout;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** The connection has opened. */
  start(): void {
    this.received();
    this.#wait(this.#idleTimeout);
  }

  /** The server has sent something. */
  received(): void {
    this.#receivedAt = this.#clock.now();
    this.#hasAnswered = true;
  }

  /** Asks the server now. */
  check(): void {
    if (this.#idleTimeout === 0) return;
    this.#stopTimer();
    this.#hasAnswered = false;
    this.#stopTimer = this.#clock.after(this.#answerTimeout, () => {
      if (this.#hasAnswered) this.#resume();
      else this.#handlers.dead();
    });
    this.#handlers.probe();
  }

  /** The connection has closed. */
  stop(): void {
    this.#stopTimer();
  }

  #resume(): void {
    const left = this.#receivedAt + this.#idleTimeout - this.#clock.now();
    if (left > 0) this.#wait(left);
    else this.check();
  }

  #wait(delay: number): void {
    if (this.#idleTimeout > 0) this.#stopTimer = this.#clock.after(delay, () => this.#resume());
  }
}
