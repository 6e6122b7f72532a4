/** Gathers what many connections send in one turn of the event loop, then writes once for each. */

const none = new Uint8Array(0);

/** Something with output to write at the end of the turn. */
export interface Corked {
  /** Writes what has gathered. */
  flush(): void;
}

/**
 * A list of frames that some connections have yet to send, in order. Connections that were sent
 * the same frames hold the same batch, so its bytes are joined once for all of them.
 */
export class Batch {
  readonly #before: Batch | undefined;
  readonly #frame: Uint8Array;
  #next: Batch | undefined;
  #bytes: Uint8Array | undefined;
  /** Bytes of all frames. */
  readonly size: number;
  /** How many frames there are. */
  readonly count: number;

  constructor(before?: Batch, frame: Uint8Array = none) {
    this.#before = before;
    this.#frame = frame;
    this.size = (before?.size ?? 0) + frame.length;
    this.count = before === undefined ? 0 : before.count + 1;
  }

  /** The batch with one more frame: the same object for all who add the same frame next. */
  with(frame: Uint8Array): Batch {
    const next = this.#next;
    if (next !== undefined && next.#frame === frame) return next;
    return this.#next = new Batch(this, frame);
  }

  /** All frames in one piece, joined at the first call. Not to be changed. */
  bytes(): Uint8Array {
    return this.#bytes ??= this.size === this.#frame.length ? this.#frame : this.#join();
  }

  #join(): Uint8Array {
    const bytes = new Uint8Array(this.size);
    let end = this.size - this.#frame.length;
    bytes.set(this.#frame, end);
    for (let batch = this.#before; batch !== undefined; batch = batch.#before) {
      end -= batch.#frame.length;
      bytes.set(batch.#frame, end);
    }
    return bytes;
  }
}

/**
 * Collects connections with output. The reads that are ready in one turn of the event loop are all
 * dispatched before the flush, which runs as a microtask: a broadcast of k messages to n members is
 * n writes, not k times n.
 */
export class Cork {
  #waiting: Corked[] = [];
  #spare: Corked[] = [];
  #emptyBatch: Batch | undefined;
  readonly #flush = (): void => this.#flushAll();

  /** Where every batch of this turn begins. */
  get emptyBatch(): Batch {
    return this.#emptyBatch ??= new Batch();
  }

  /** Takes note of a connection that has output from now on. */
  add(item: Corked): void {
    if (this.#waiting.push(item) === 1) queueMicrotask(this.#flush);
  }

  #flushAll(): void {
    const items = this.#waiting;
    this.#waiting = this.#spare;
    this.#emptyBatch = undefined;
    for (const item of items) item.flush();
    items.length = 0;
    this.#spare = items;
  }
}
