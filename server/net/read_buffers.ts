/** Buffers to read into: a small one for each connection, larger ones lent while bytes keep coming. */

/** Bytes of a reader's own buffer: enough for most messages, and all that an idle one holds. */
const ownSize = 1024;

/** Bytes of the buffers that are lent, one step after the other. */
const lentSizes = [8 * 1024, 64 * 1024] as const;

/** Buffers of each size kept for the next one who needs them. */
const mostKept = 64;

/** After so many reads in a row that would have fitted a smaller buffer, that one is enough. */
const patience = 8;

/** The read buffers of one server. */
export class ReadBuffers {
  readonly #free: readonly Uint8Array<ArrayBuffer>[][] = lentSizes.map(() => []);

  /** A buffer for one reader. */
  lend(): ReadBuffer {
    return new ReadBuffer(this);
  }

  /** Lends a buffer of a step; its content means nothing. */
  take(step: number): Uint8Array<ArrayBuffer> {
    return this.#free[step]!.pop() ?? new Uint8Array(lentSizes[step]!);
  }

  /** Takes back a buffer of a step. */
  keep(step: number, buffer: Uint8Array<ArrayBuffer>): void {
    const free = this.#free[step]!;
    if (free.length < mostKept) free.push(buffer);
  }
}

/** What one connection reads into. No view of it may outlive the call that it was read for. */
export class ReadBuffer {
  readonly #buffers: ReadBuffers;
  readonly #own = new Uint8Array(ownSize);
  /** Which of the lent sizes is in use; -1 for the reader's own buffer. */
  #step = -1;
  #smallReads = 0;
  /** Where the next read goes. */
  bytes: Uint8Array<ArrayBuffer> = this.#own;

  /** @param buffers Where the larger ones come from. */
  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers;
  }

  /** Grows after a read that filled the buffer, and shrinks after several that were small. */
  adapt(size: number): void {
    if (size === this.bytes.length) {
      if (this.#step + 1 < lentSizes.length) this.#move(this.#step + 1);
    } else if (this.#step >= 0 && size <= (lentSizes[this.#step - 1] ?? ownSize)) {
      if (++this.#smallReads === patience) this.#move(this.#step - 1);
    } else {
      this.#smallReads = 0;
    }
  }

  /** Goes back to the reader's own buffer. */
  giveBack(): void {
    this.#move(-1);
  }

  #move(step: number): void {
    if (this.#step >= 0 && this.#step !== step) this.#buffers.keep(this.#step, this.bytes);
    if (this.#step !== step) this.bytes = step < 0 ? this.#own : this.#buffers.take(step);
    this.#step = step;
    this.#smallReads = 0;
  }
}
