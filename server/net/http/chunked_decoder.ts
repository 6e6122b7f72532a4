/** Takes the chunked transfer coding off a request's body. RFC 9112 §7.1. */

import { HandshakeError } from "../../../protocol/errors.ts";
import { type HeadLimits, HeadScanner } from "../../../protocol/head_scanner.ts";
import { isFieldChar } from "../../../protocol/latin1.ts";

const none = new Uint8Array(0);
const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;

/**
 * Chunks shorter than this cost more than their bytes, so that a body may have only so many. Longer
 * ones are bounded by the size of the body.
 */
const smallChunk = 128;

/** More digits than a number can count exactly are refused. */
const maxSizeDigits = 12;

/**
 * Most bytes of chunk extensions over a whole body; they mean nothing to us.
 *
 * @limit bytes: 400
 */
const maxExtensionBytes = 16 * 1024;

/** How many chunks a body may have, and how large its trailers may be. */
export interface ChunkLimits extends HeadLimits {
  /** Most chunks that have fewer than 128 bytes. */
  maxSmallChunks: number;
}

type State =
  | "size"
  | "extension"
  | "size end"
  | "data"
  | "data end"
  | "data end lf"
  | "trailers"
  | "done";

/** Decodes bytes in any pieces; strict: what two readers could read in two ways is refused. */
export class ChunkedDecoder {
  readonly #limits: ChunkLimits;
  #smallChunks = 0;
  #state: State = "size";
  #digits = 0;
  #left = 0;
  #extensionBytes = 0;
  #trailers: HeadScanner | undefined;

  /** The data that the last `push` has found; a view of the bytes that were pushed. */
  data: Uint8Array = none;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  /** `true` once the last chunk and its trailers have been seen. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes bytes up to the end of the body. The data of all chunks in them is joined in its place:
   * the bytes that were taken are overwritten.
   *
   * @returns How many bytes were taken; what is left stands behind the body.
   * @throws {HandshakeError} 400: the bytes are not a chunked body. 413: it has too many chunks.
   * 431: it has too many trailers.
   */
  push(bytes: Uint8Array): number {
    let at = 0;
    let start = 0;
    let end = 0;
    while (at < bytes.length && !this.done) {
      if (this.#state === "trailers") {
        at += this.#skipTrailers(bytes.subarray(at));
        continue;
      }
      if (this.#state !== "data") {
        this.#state = this.#step(bytes[at++]!);
        continue;
      }
      const size = Math.min(this.#left, bytes.length - at);
      if (end === 0) start = end = at;
      else move(bytes, at, size, end);
      at += size;
      end += size;
      this.#left -= size;
      if (this.#left === 0) this.#state = "data end";
    }
    this.data = bytes.subarray(start, end);
    return at;
  }

  #step(byte: number): State {
    switch (this.#state) {
      case "size":
        return this.#readSize(byte);
      case "extension":
        return this.#readExtension(byte);
      case "size end":
        if (this.#left > 0 && this.#left < smallChunk) this.#countSmallChunk();
        return this.#expectLf(byte, this.#left > 0 ? "data" : "trailers");
      case "data end":
        if (byte !== cr) throw malformed();
        return "data end lf";
      default:
        this.#digits = 0;
        return this.#expectLf(byte, "size");
    }
  }

  #readSize(byte: number): State {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > maxSizeDigits) throw malformed();
      this.#left = this.#left * 16 + digit;
      return "size";
    }
    if (this.#digits === 0) throw malformed();
    if (byte === cr) return "size end";
    // Stricter than RFC 9112 §7.1.1: no white space before the semicolon.
    if (byte !== semicolon) throw malformed();
    return "extension";
  }

  #readExtension(byte: number): State {
    if (++this.#extensionBytes > maxExtensionBytes) {
      throw new HandshakeError(400, "Chunked body has too many extensions");
    }
    if (byte === cr) return "size end";
    if (!isFieldChar(byte)) throw malformed();
    return "extension";
  }

  /** RFC 9112 §7.1.2: field lines, as a head has them. They are checked and passed over. */
  #skipTrailers(bytes: Uint8Array): number {
    this.#trailers ??= new HeadScanner("trailers", this.#limits);
    const size = this.#trailers.push(bytes);
    if (this.#trailers.complete) this.#state = "done";
    return size;
  }

  /** RFC 9112 §2.2: a bare LF ends no line here, nor does a bare CR. */
  #expectLf(byte: number, next: State): State {
    if (byte !== lf) throw malformed();
    return next;
  }

  #countSmallChunk(): void {
    if (++this.#smallChunks > this.#limits.maxSmallChunks) {
      throw new HandshakeError(413, "Chunked body has too many small chunks");
    }
  }
}

/** Moves bytes to the front. A call of `copyWithin` costs as much as 30 bytes moved one by one. */
function move(bytes: Uint8Array, from: number, size: number, to: number): void {
  if (size > 30) bytes.copyWithin(to, from, from + size);
  else for (let i = 0; i < size; i++) bytes[to + i] = bytes[from + i]!;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

function malformed(): HandshakeError {
  return new HandshakeError(400, "Chunked body is malformed");
}
