/** One bound on what the unfinished messages of all connections may hold together. */

/** Counts bytes against a limit. */
export class ByteBudget {
  /** Most bytes that may be held. */
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes held now. */
  get used(): number {
    return this.#used;
  }

  /** Adds or gives back bytes. Returns `false` where the sum is over the limit afterwards. */
  change(bytes: number): boolean {
    this.#used += bytes;
    return this.#used <= this.limit;
  }
}
