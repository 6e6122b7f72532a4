/** Finds pings in bytes that are not to be read yet. */

import { checkFrame, FrameHeader, parseFrameHeader, type Role } from "./frame.ts";
import { applyMask } from "./mask.ts";
import { Opcode } from "./opcode.ts";

const none = new Uint8Array(0);

/**
 * Goes from frame to frame without looking at messages. Nothing is judged here: at a Close, and
 * where a rule is broken, it ends, and what that comes to is found when the bytes are read.
 */
export class PingFinder {
  readonly #sender: Role;
  readonly #found: (payload: Uint8Array) => void;
  /** The beginning of a frame whose end has not arrived. */
  #partial: Uint8Array = none;
  /** Bytes of the present frame's payload to pass over. */
  #passing = 0;
  #ended = false;

  /**
   * @param sender The role that sends the frames.
   * @param found Called with the payload of each ping; it may keep it.
   */
  constructor(sender: Role, found: (payload: Uint8Array) => void) {
    this.#sender = sender;
    this.#found = found;
  }

  /** Goes through the next bytes, which begin with a frame at first. They are not changed. */
  look(chunk: Uint8Array): void {
    const bytes = this.#partial.length === 0 ? chunk : joined(this.#partial, chunk);
    this.#partial = none;
    try {
      let at = 0;
      while (!this.#ended && at < bytes.length) {
        const next = this.#next(bytes, at);
        if (next === undefined) {
          this.#partial = bytes.slice(at);
          return;
        }
        at = next;
      }
    } catch {
      this.#ended = true; // reading will say why
    }
  }

  /** Passes one frame, or a part of its payload; `undefined` where more must arrive. */
  #next(bytes: Uint8Array, at: number): number | undefined {
    if (this.#passing > 0) {
      const passed = Math.min(this.#passing, bytes.length - at);
      this.#passing -= passed;
      return at + passed;
    }
    const header = parseFrameHeader(bytes, at, bytes.length, new FrameHeader(0, 0));
    if (header === undefined) return undefined;
    checkFrame(header, this.#sender, true);
    const start = at + header.headerLength;
    if (header.opcode === Opcode.Close) this.#ended = true;
    if (header.opcode !== Opcode.Ping) {
      this.#passing = header.payloadLength;
      return start;
    }
    const end = start + header.payloadLength;
    if (end > bytes.length) return undefined;
    const payload = bytes.slice(start, end);
    applyMask(payload, header.maskingKey);
    this.#found(payload);
    return end;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
