/** Buffers to read into: a small one for each connection, large ones lent while bytes keep coming. */

/** Enough for most single messages; an idle connection holds no more than this. */
const smallSize = 1024;

/** What one read of a busy connection may bring. */
const largeSize = 64 * 1024;

/** Large buffers kept for the next one who needs them. */
const mostKept = 64;

/** The read buffers of one server. */
export class ReadBuffers {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer for one reader. */
  lend(): ReadBuffer {
    return new ReadBuffer(this);
  }

  /** Lends a large buffer; its content means nothing. */
  takeLarge(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(largeSize);
  }

  /** Takes a large buffer back. */
  keepLarge(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#free.length < mostKept) this.#free.push(buffer);
  }
}

/** What one connection reads into. No view of it may outlive the call that it was read for. */
export class ReadBuffer {
  readonly #buffers: ReadBuffers;
  readonly #small = new Uint8Array(smallSize);
  #large: Uint8Array<ArrayBuffer> | undefined;

  /** @param buffers Where the large ones come from. */
  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers;
  }

  /** Where the next read goes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#large ?? this.#small;
  }

  /** Grows after a read that filled the buffer, and shrinks after one that was small. */
  adapt(size: number): void {
    if (this.#large !== undefined) {
      if (size <= smallSize) this.giveBack();
    } else if (size === smallSize) {
      this.#large = this.#buffers.takeLarge();
    }
  }

  /** Goes back to the small buffer. */
  giveBack(): void {
    if (this.#large !== undefined) this.#buffers.keepLarge(this.#large);
    this.#large = undefined;
  }
}
