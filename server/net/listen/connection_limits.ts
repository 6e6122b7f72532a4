/** How many connections there are, in all and from each address. */

import { networkOf } from "../../address.ts";

/** Options of {@linkcode ConnectionLimits}. */
export interface ConnectionLimitOptions {
  /**
   * Most connections at a time; 0 is no limit. More are answered with 503, or over TLS are closed
   * before the handshake.
   *
   * @default {0}
   */
  maxConnections: number;
  /**
   * Most connections at a time from one address, or IPv6 network of 64 bits; 0 is no limit. More are
   * answered with 429, or over TLS are closed before the handshake. Connections of trusted proxies
   * count for the clients that they report: with the PROXY protocol all, else those that upgrade.
   *
   * @default {0}
   */
  maxConnectionsPerAddress: number;
}

const nothing = () => {};

/** Counts connections. Each that enters leaves once. */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions;
  readonly #isExempt: (address: string) => boolean;
  /** Counts by network. */
  readonly #networks = new Map<string, number>();
  #size = 0;

  /** `isExempt` tells which addresses stand for many clients. */
  constructor(options: ConnectionLimitOptions, isExempt: (address: string) => boolean) {
    this.#options = options;
    this.#isExempt = isExempt;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#size;
  }

  /** How many addresses or networks are counted. */
  get addresses(): number {
    return this.#networks.size;
  }

  /** Counts a connection, unless it must be refused: then returns the status to say so. */
  enter(address: string): 429 | 503 | undefined {
    const { maxConnections } = this.#options;
    if (maxConnections > 0 && this.#size >= maxConnections) return 503;
    const network = networkOf(address);
    if (this.#isFull(network) && !this.#isExempt(address)) return 429;
    this.#size++;
    this.#add(network);
    return undefined;
  }

  /** Forgets a connection that had entered. */
  leave(address: string): void {
    if (this.#remove(networkOf(address))) this.#size--;
  }

  /**
   * Counts a connection of a proxy for its client, besides.
   *
   * @param address Address of the client.
   * @returns A function that takes the count back, to be called once; `undefined` where the client
   * has as many connections as it may have.
   */
  claim(address: string): (() => void) | undefined {
    if (this.#options.maxConnectionsPerAddress === 0) return nothing;
    const network = networkOf(address);
    if (this.#isFull(network)) return undefined;
    this.#add(network);
    return () => void this.#remove(network);
  }

  #isFull(network: string): boolean {
    const { maxConnectionsPerAddress: limit } = this.#options;
    return limit > 0 && (this.#networks.get(network) ?? 0) >= limit;
  }

  #add(network: string): void {
    this.#networks.set(network, (this.#networks.get(network) ?? 0) + 1);
  }

  #remove(network: string): boolean {
    const count = this.#networks.get(network);
    if (count === undefined) return false;
    if (count === 1) this.#networks.delete(network);
    else this.#networks.set(network, count - 1);
    return true;
  }
}
