/** Which transport to try next. */

import type { OpenTransport, TransportName } from "./transport.ts";

/** A way to the server. */
export interface Way {
  readonly name: TransportName;
  readonly open: OpenTransport;
}

/** Connections in a row by which the server has said nothing, and then the next way is tried. */
const silentPatience = 2;

/**
 * Goes through the ways in their order: on to the next one when the first has not opened so many
 * times in a row, or another one once. A way that has opened is kept. WebSocket that once got
 * through is not given up before the network changes: then it is the server that is away. Only where
 * it connects and carries nothing, something on the way is in between.
 */
export class Route {
  readonly #ways: readonly Way[];
  readonly #patience: number;
  #index = 0;
  #failures = 0;
  #silences = 0;
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

  /** The best way. */
  get best(): Way {
    return this.#ways[0]!;
  }

  /** The current way has opened. */
  opened(): void {
    this.#failures = 0;
    this.#silences = 0;
    if (this.#index === 0) this.#firstHasOpened = true;
  }

  /**
   * The current way was tried, and has not opened.
   *
   * @param isSilent It has connected, and the server has said nothing.
   * @returns Whether the first way is given up for the next, which may be tried at once.
   */
  failed(isSilent = false): boolean {
    this.#failures++;
    this.#silences = isSilent ? this.#silences + 1 : 0;
    if (this.#index === 0 && this.#mayStay()) return false;
    this.#index = (this.#index + 1) % this.#ways.length;
    this.#failures = 0;
    this.#silences = 0;
    return this.#index === 1;
  }

  #mayStay(): boolean {
    if (this.#silences > 0) return this.#silences < Math.min(silentPatience, this.#patience);
    return this.#firstHasOpened || this.#failures < this.#patience;
  }

  /** The network is another one: nothing is known of it. */
  reset(): void {
    this.#index = 0;
    this.#failures = 0;
    this.#silences = 0;
    this.#firstHasOpened = false;
  }
}
