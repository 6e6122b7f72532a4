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
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < portionSize) {
      const piece = this.rest > 0 ? this.#rest : this.#next();
      if (piece === undefined) break;
      const part = piece.subarray(0, portionSize - size);
      this.#rest = piece.subarray(part.length);
      parts.push(part);
      size += part.length;
    }
    return parts.length === 1 ? parts[0]! : join(parts, size);
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
