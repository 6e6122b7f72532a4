/**
 * Reads the small frames of a server and passes over the others: while a room is flooded, clients
 * that checked and decoded each message would be what is slow.
 */

import { type FrameHeader, parseFrameHeader } from "@hawser/ws/protocol";
import { join } from "../floods/bytes.ts";

/** The longest payload that is read. */
const maxPayload = 1_024;

/** Takes a frame. The header and the payload are valid until it returns. */
export type FrameHandler = (header: FrameHeader, payload: Uint8Array) => void;

/** Cuts what comes into frames. */
export class SmallFrames {
  readonly #handle: FrameHandler;
  /** The beginning of a small frame. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes of a large frame that are still to come. */
  #skip = 0;

  /** @param handle Takes each small frame. */
  constructor(handle: FrameHandler) {
    this.#handle = handle;
  }

  /** Takes what has come. */
  push(bytes: Uint8Array): void {
    const all = this.#rest.length === 0 ? bytes : join([this.#rest, bytes]);
    let at = 0;
    for (let end; at < all.length && (end = this.#next(all, at)) !== undefined;) at = end;
    this.#rest = all.slice(at);
  }

  /** Returns where the next frame begins, or `undefined` where this one has not ended. */
  #next(bytes: Uint8Array, at: number): number | undefined {
    if (this.#skip > 0) {
      const size = Math.min(this.#skip, bytes.length - at);
      this.#skip -= size;
      return at + size;
    }
    const header = parseFrameHeader(bytes, at);
    if (header === undefined) return undefined;
    const start = at + header.headerLength;
    if (header.payloadLength > maxPayload) {
      this.#skip = header.payloadLength;
      return start;
    }
    const end = start + header.payloadLength;
    if (end > bytes.length) return undefined;
    this.#handle(header, bytes.subarray(start, end));
    return end;
  }
}
