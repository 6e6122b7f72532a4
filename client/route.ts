/** Which transport to try next. */

import type { OpenTransport, TransportName } from "./transport.ts";

/** A way to the server. */
export interface Way {
  readonly name: TransportName;
  readonly open: OpenTransport;
}

/**
 * Goes through the ways in their order: on to the next one when the first has not opened so many
 * times in a row, or another one once. A way that has opened is kept. WebSocket that once got
 * through is not given up before the network changes: then it is the server that is away.
 */
export class Route {
  readonly #ways: readonly Way[];
  readonly #patience: number;
  #index = 0;
  #failures = 0;
  #firstHasOpened = false;

  /**
   * @param ways One at least, the best one first.
   * @param patience How often the first may fail.
   */
  constructor(ways: readonly Way[], patience: number) {
    this.#ways = ways;
    this.#patience = patience;
  }

  /** The way to try. */
  get current(): Way {
    return this.#ways[this.#index]!;
  }

  /** The current way has opened. */
  opened(): void {
    this.#failures = 0;
    if (this.#index === 0) this.#firstHasOpened = true;
  }

  /** The current way has not opened. */
  failed(): void {
    this.#failures++;
    const isFirst = this.#index === 0;
    if (isFirst && (this.#firstHasOpened || this.#failures < this.#patience)) return;
    this.#index = (this.#index + 1) % this.#ways.length;
    this.#failures = 0;
  }

  /** The network is another one: nothing is known of it. */
  reset(): void {
    this.#index = 0;
    this.#failures = 0;
    this.#firstHasOpened = false;
  }
}
