/** Buffers to read into: a small slot for idle connections, larger ones while bytes keep coming. */

/**
 * The sizes, from the slot that is all an idle connection holds, and how many of each are kept for
 * the next ones who need them.
 */
const steps = [
  { size: 128, kept: 4096 },
  { size: 1024, kept: 1024 },
  { size: 8 * 1024, kept: 256 },
  { size: 64 * 1024, kept: 64 },
] as const;

/** The first step of a reader that expects bytes soon. */
const firstStep = 1;
const lastStep = steps.length - 1;
const slotSize = steps[0].size;

/** Slots share their memory: an `ArrayBuffer` takes some 300 bytes besides its content. */
const slotsInSlab = 64;

/** After so many reads in a row that would have fitted a smaller buffer, that one is enough. */
const smallReadsToShrink = 8;

/** The read buffers of one server. */
export class ReadBuffers {
  readonly #free: readonly Uint8Array<ArrayBuffer>[][] = steps.map(() => []);

  /** A buffer for a reader that expects bytes soon. */
  lend(): ReadBuffer {
    return new ReadBuffer(this, firstStep);
  }

  /** A buffer for a reader that may wait for a long time. */
  lendSlot(): ReadBuffer {
    return new ReadBuffer(this, 0);
  }

  /** Lends a buffer of a step; its content means nothing. */
  take(step: number): Uint8Array<ArrayBuffer> {
    const free = this.#free[step]!;
    if (step === 0 && free.length === 0) cutSlab(free);
    return free.pop() ?? new Uint8Array(steps[step]!.size);
  }

  /** Takes back a buffer of a step. */
  keep(step: number, buffer: Uint8Array<ArrayBuffer>): void {
    const free = this.#free[step]!;
    if (free.length < steps[step]!.kept) free.push(buffer);
  }
}

function cutSlab(slots: Uint8Array<ArrayBuffer>[]): void {
  const slab = new ArrayBuffer(slotsInSlab * slotSize);
  for (let i = 0; i < slotsInSlab; i++) slots.push(new Uint8Array(slab, i * slotSize, slotSize));
}

/** The buffer that one connection reads into. No view of it may outlive the call for that read. */
export class ReadBuffer {
  readonly #buffers: ReadBuffers;
  #step: number;
  #smallReads = 0;
  #shrinksLater = false;
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  /** Use {@linkcode ReadBuffers}. */
  constructor(buffers: ReadBuffers, step: number) {
    this.#buffers = buffers;
    this.#step = step;
  }

  /** Where the next read goes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes ??= this.#buffers.take(this.#step);
  }

  /** How many bytes the buffer has. */
  get size(): number {
    return steps[this.#step]!.size;
  }

  /**
   * Grows after a read that filled the buffer, and shrinks after several that were small. Returns
   * whether the next read has a buffer of another size.
   */
  adapt(size: number): boolean {
    const step = this.#step;
    if (size === this.size) {
      if (step < lastStep) this.#move(step + 1);
    } else if (this.#shrinksLater && size <= slotSize) {
      this.#move(0);
    } else if (step > firstStep && size <= steps[step - 1]!.size) {
      if (++this.#smallReads === smallReadsToShrink) this.#move(step - 1);
    } else {
      this.#smallReads = 0;
    }
    return step !== this.#step;
  }

  /** Nothing is expected soon: the next read has a small buffer. No read may be pending. */
  shrink(): void {
    if (this.#step > firstStep) this.#move(firstStep);
  }

  /** Nothing is expected soon: after the next read that fits it, the slot will do. */
  shrinkLater(): void {
    this.#shrinksLater = this.#step > 0;
  }

  /** Nothing is read for now, or ever. */
  giveBack(): void {
    if (this.#bytes !== undefined) this.#buffers.keep(this.#step, this.#bytes);
    this.#bytes = undefined;
  }

  /** Somebody still holds a view of the bytes: they are left to the garbage collector. */
  abandon(): void {
    this.#bytes = undefined;
  }

  #move(step: number): void {
    this.giveBack();
    this.#step = step;
    this.#smallReads = 0;
    this.#shrinksLater = false;
  }
}
