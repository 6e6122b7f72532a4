/** Frames that several connections have yet to send, kept once for all of them. */

const none = new Uint8Array(0);

/**
 * Frames are joined for one write up to this many bytes; a longer one is written by itself. With 64
 * KiB, 16 frames of 16 KiB to each of 100 members cost a fifth more.
 */
const pieceSize = 512 * 1024;

/** Up to this many bytes are copied for what one connection is sent alone: a write costs as much. */
const smallSize = 16 * 1024;

/** A node of the list takes about as much as a frame of this size. */
const tinyFrame = 128;

/** So many tiny frames in a row are joined. */
const mostTiny = 256;

/**
 * A list of frames that some connections have yet to send, in order. Connections that were sent
 * the same frames hold the same batch, so its bytes are joined once for all of them.
 */
export class Batch {
  readonly #before: Batch | undefined;
  readonly #frame: Uint8Array;
  #next: Batch | undefined;
  #nextFrame: Uint8Array | undefined;
  #bytes: Uint8Array | undefined;
  #pieces: Pieces | undefined;
  /** How many queues wait with it. */
  #waiting = 0;
  /** How many of the last frames are tiny. */
  readonly #tiny: number;
  /** Bytes of all frames. */
  readonly size: number;

  constructor(before?: Batch, frame: Uint8Array = none) {
    this.#before = before;
    this.#frame = frame;
    this.#tiny = before === undefined || frame.length > tinyFrame ? 0 : before.#tiny + 1;
    this.size = (before === undefined ? 0 : before.size) + frame.length;
  }

  /** The batch with one more frame: the same object for all members that add the same frame next. */
  with(frame: Uint8Array): Batch {
    if (this.#next !== undefined && this.#nextFrame === frame) return this.#next;
    const next = new Batch(this, frame);
    this.#nextFrame = frame;
    return this.#next = next.#tiny < mostTiny ? next : Batch.#shorten(next);
  }

  /** Joins the tiny frames at the end. */
  static #shorten(end: Batch): Batch {
    const frames: Uint8Array[] = [];
    let batch: Batch | undefined = end;
    for (; batch !== undefined && frames.length < mostTiny; batch = batch.#before) {
      frames.push(batch.#frame);
    }
    return new Batch(batch, join(frames.reverse()));
  }

  /** One more queue waits with it. Returns how many bytes are held now that were not before. */
  retain(): number {
    return this.#waiting++ === 0 ? this.size : 0;
  }

  /** One queue waits no more. Returns how many bytes are not held any more. */
  release(): number {
    return --this.#waiting === 0 ? this.size : 0;
  }

  /** Whether all of it may be written at once. */
  get isShort(): boolean {
    return this.size <= pieceSize;
  }

  /** Whether to copy it costs less than a write. */
  get isSmall(): boolean {
    return this.size <= smallSize;
  }

  /** All frames in one piece, joined at the first call. Not to be changed. */
  bytes(): Uint8Array {
    return this.#bytes ??= this.size === this.#frame.length ? this.#frame : join(Batch.#list(this));
  }

  /** Reads all frames in pieces, which are shared by those that read at the same pace. */
  reader(): BatchReader {
    this.#pieces ??= new Pieces(Batch.#list(this));
    return new BatchReader(this.#pieces, this.size);
  }

  static #list(end: Batch): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let batch = end; batch.#before !== undefined; batch = batch.#before) {
      frames.push(batch.#frame);
    }
    return frames.reverse();
  }
}

/** Where one connection is in a batch that is too long for one write. */
export class BatchReader {
  readonly #pieces: Pieces;
  #at = 0;
  #rest: number;

  /** Made by {@linkcode Batch.reader}. */
  constructor(pieces: Pieces, size: number) {
    this.#pieces = pieces;
    this.#rest = size;
  }

  /** Bytes that are left. */
  get rest(): number {
    return this.#rest;
  }

  /** Takes the next piece, which consists of whole frames. Not to be changed. */
  next(): Uint8Array {
    const { bytes, end } = this.#pieces.from(this.#at);
    this.#at = end;
    this.#rest -= bytes.length;
    return bytes;
  }
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * Joins frames as they are written. Only the last piece is kept, for the connections that are at
 * the same place: to join all at once would double what one slow connection holds.
 */
class Pieces {
  readonly #frames: readonly Uint8Array[];
  #last: Piece = { start: -1, end: -1, bytes: none };

  constructor(frames: readonly Uint8Array[]) {
    this.#frames = frames;
  }

  from(start: number): Piece {
    return this.#last.start === start ? this.#last : this.#last = this.#join(start);
  }

  #join(start: number): Piece {
    let end = start;
    for (let size = 0; end < this.#frames.length; end++) {
      size += this.#frames[end]!.length;
      if (size > pieceSize && end > start) break;
    }
    const frames = this.#frames.slice(start, end);
    return { start, end, bytes: frames.length === 1 ? frames[0]! : join(frames) };
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}
