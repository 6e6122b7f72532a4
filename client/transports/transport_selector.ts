/** Selects the transport of the next attempt. */

import type { OpenTransport, TransportName } from "./transport.ts";

/** Opens transports of one kind. */
export interface TransportFactory {
  readonly name: TransportName;
  readonly open: OpenTransport;
}

/**
 * Connections in a row without a message of the server, after which the next transport is tried.
 */
const maxSilences = 2;

/**
 * Goes through the transports in their order: to the next one when the first has failed several
 * times in a row, or another one once. A transport that has opened is kept. The first one, once it
 * has opened, is kept until the network changes, as its failures are those of the server then.
 * Where it connects and carries nothing, a proxy is in between, and it is given up.
 */
export class TransportSelector {
  readonly #factories: readonly TransportFactory[];
  readonly #maxFailures: number;
  #index = 0;
  #failures = 0;
  #silences = 0;
  #firstHasOpened = false;

  /**
   * @param factories At least one, the preferred one first.
   * @param maxFailures Failures in a row that the first one is allowed.
   */
  constructor(factories: readonly TransportFactory[], maxFailures: number) {
    this.#factories = factories;
    this.#maxFailures = maxFailures;
  }

  /** The transport to try. */
  get current(): TransportFactory {
    return this.#factories[this.#index]!;
  }

  /** The preferred transport. */
  get preferred(): TransportFactory {
    return this.#factories[0]!;
  }

  /** The current transport has opened. */
  opened(): void {
    this.#failures = 0;
    this.#silences = 0;
    if (this.#index === 0) this.#firstHasOpened = true;
  }

  /**
   * The current transport was tried, and has not opened.
   *
   * @param isSilent Whether it has connected and carried nothing.
   * @returns Whether the first transport is given up for the next, which may be tried at once.
   */
  failed(isSilent = false): boolean {
    this.#failures++;
    this.#silences = isSilent ? this.#silences + 1 : 0;
    if (this.#index === 0 && this.#mayStay()) return false;
    this.#index = (this.#index + 1) % this.#factories.length;
    this.#failures = 0;
    this.#silences = 0;
    return this.#index === 1;
  }

  #mayStay(): boolean {
    if (this.#silences > 0) return this.#silences < Math.min(maxSilences, this.#maxFailures);
    return this.#firstHasOpened || this.#failures < this.#maxFailures;
  }

  /** The network has changed: starts from the first transport. */
  reset(): void {
    this.#index = 0;
    this.#failures = 0;
    this.#silences = 0;
    this.#firstHasOpened = false;
  }
}
