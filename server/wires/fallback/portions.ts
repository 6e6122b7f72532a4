/** Bytes on their way into responses: pieces that responses share, handed out in small portions. */

/** Bytes of a portion: what a client that does not read holds for itself. */
const portionSize = 16_384;

const none = new Uint8Array(0);

/** Makes portions of pieces, which are asked for only when they are needed. */
export class Portions {
  readonly #next: () => Uint8Array | undefined;
  /** The rest of the last piece. */
  #rest: Uint8Array = none;

  /** @param next Gives the next piece, which is not changed; `undefined` where there is none now. */
  constructor(next: () => Uint8Array | undefined) {
    this.#next = next;
  }

  /** How many bytes are left of a piece that is handed out in part. */
  get rest(): number {
    return this.#rest.length;
  }

  /**
   * Takes a portion: a view of one piece, or several in a copy.
   *
   * @returns Up to 16 KiB; fewer where there is no further piece, and none where nothing is left.
   */
  take(): Uint8Array {
    const first = this.#takeUpTo(portionSize);
    if (first === undefined) return none;
    let part = first.length < portionSize ? this.#takeUpTo(portionSize - first.length) : undefined;
    if (part === undefined) return first;
    const parts = [first];
    let size = first.length;
    for (; part !== undefined; part = this.#takeUpTo(portionSize - size)) {
      parts.push(part);
      size += part.length;
      if (size === portionSize) break;
    }
    return join(parts, size);
  }

  /** Takes a piece, or its first bytes. */
  #takeUpTo(size: number): Uint8Array | undefined {
    const piece = this.#rest.length > 0 ? this.#rest : this.#next();
    if (piece === undefined) return undefined;
    if (piece.length <= size) {
      this.#rest = none;
      return piece;
    }
    this.#rest = piece.subarray(size);
    return piece.subarray(0, size);
  }

  /**
   * Makes a response's body of all pieces. Only a short one is made at once.
   *
   * @param ended Called when the last portion was taken, or nobody wants it any more.
   */
  body(ended: () => void): BodyInit {
    const first = this.take();
    if (first.length < portionSize) {
      ended();
      return first as Uint8Array<ArrayBuffer>;
    }
    let next: Uint8Array | undefined = first;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const portion = next ?? this.take();
        next = undefined;
        if (portion.length > 0) return controller.enqueue(portion);
        ended();
        controller.close();
      },
      cancel: ended,
    }, { highWaterMark: 0 });
  }
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
