/** Takes the chunked transfer coding off a request's body. RFC 9112 §7.1. */

import { HandshakeError } from "../../protocol/errors.ts";
import { isFieldChar } from "../../protocol/latin1.ts";

const none = new Uint8Array(0);
const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;

/** More digits than a number can count exactly are refused. */
const maxSizeDigits = 12;

/** Most bytes of chunk extensions and trailers over a whole body; they mean nothing to us. */
const maxExtraBytes = 16 * 1024;

/** `field start` and `field`: trailer lines, which are checked and passed over. */
type State =
  | "size"
  | "extension"
  | "size end"
  | "data"
  | "data end"
  | "data end lf"
  | "field start"
  | "field"
  | "field end"
  | "last lf"
  | "done";

/** Decodes bytes in any pieces; strict, as whatever two readers could read in two ways is refused. */
export class ChunkedDecoder {
  #state: State = "size";
  #digits = 0;
  #left = 0;
  #extra = 0;

  /** The data that the last `push` has come upon; a view of the bytes that were pushed. */
  data: Uint8Array = none;

  /** `true` once the last chunk and its trailers have been seen. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes bytes up to the end of the first piece of data in them.
   *
   * @returns How many bytes were taken; the rest is still to be pushed.
   * @throws {HandshakeError} 400: the bytes are not a chunked body.
   */
  push(bytes: Uint8Array): number {
    this.data = none;
    let at = 0;
    while (at < bytes.length && !this.done) {
      if (this.#state === "data") {
        this.data = bytes.subarray(at, at + this.#left);
        this.#left -= this.data.length;
        if (this.#left === 0) this.#state = "data end";
        return at + this.data.length;
      }
      this.#state = this.#step(bytes[at++]!);
    }
    return at;
  }

  #step(byte: number): State {
    switch (this.#state) {
      case "size":
        return this.#readSize(byte);
      case "extension":
        return this.#readLine(byte, "extension", "size end");
      case "size end":
        return this.#expectLf(byte, this.#left > 0 ? "data" : "field start");
      case "data end":
        if (byte !== cr) throw malformed();
        return "data end lf";
      case "data end lf":
        this.#digits = 0;
        return this.#expectLf(byte, "size");
      case "field start":
        return byte === cr ? "last lf" : this.#readLine(byte, "field", "field end");
      case "field":
        return this.#readLine(byte, "field", "field end");
      case "field end":
        return this.#expectLf(byte, "field start");
      default:
        return this.#expectLf(byte, "done");
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

  #readLine(byte: number, same: State, end: State): State {
    this.#countExtra();
    if (byte === cr) return end;
    if (!isFieldChar(byte)) throw malformed();
    return same;
  }

  /** RFC 9112 §2.2: a bare LF ends no line here, nor does a bare CR. */
  #expectLf(byte: number, next: State): State {
    if (byte !== lf) throw malformed();
    return next;
  }

  #countExtra(): void {
    if (++this.#extra > maxExtraBytes) {
      throw new HandshakeError(400, "Chunked body has too many extensions or trailers");
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

function malformed(): HandshakeError {
  return new HandshakeError(400, "Chunked body is malformed");
}
