/** How many connections there are, in all and from each address. */

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
   * Most connections at a time from one address; 0 is no limit. More are answered with 429, or
   * over TLS are closed before the handshake. The addresses of trusted proxies do not count.
   *
   * @default {0}
   */
  maxConnectionsPerAddress: number;
}

/** Counts connections. Each that enters leaves once. */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions;
  readonly #isExempt: (address: string) => boolean;
  readonly #addresses = new Map<string, number>();
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

  /** How many addresses are counted. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** Counts a connection, unless it must be refused: then returns the status to say so. */
  enter(address: string): 429 | 503 | undefined {
    const { maxConnections, maxConnectionsPerAddress } = this.#options;
    if (maxConnections > 0 && this.#size >= maxConnections) return 503;
    const count = this.#addresses.get(address) ?? 0;
    const isFull = maxConnectionsPerAddress > 0 && count >= maxConnectionsPerAddress;
    if (isFull && !this.#isExempt(address)) return 429;
    this.#size++;
    this.#addresses.set(address, count + 1);
    return undefined;
  }

  /** Forgets a connection that had entered. */
  leave(address: string): void {
    const count = this.#addresses.get(address);
    if (count === undefined) return;
    this.#size--;
    if (count === 1) this.#addresses.delete(address);
    else this.#addresses.set(address, count - 1);
  }
}
