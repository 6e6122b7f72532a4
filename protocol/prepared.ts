/** A message encoded once for many receivers. */

import { asBytes } from "./bytes.ts";
import type { MessageDeflater } from "./deflate_streams.ts";
import { encodeFrame } from "./frame.ts";
import { Opcode } from "./opcode.ts";

const encoder = new TextEncoder();

/**
 * A message whose server frames are made at the first need and shared: server frames are not
 * masked, so one frame serves every client. Compressed frames are shared among connections whose
 * messages stand alone (no context takeover) at the same window size.
 *
 * @example One frame for everybody
 * ```ts
 * import { Prepared } from "@hawser/ws/protocol";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const message = new Prepared("hello");
 * assertStrictEquals(message.frame(), message.frame());
 * ```
 */
export class Prepared {
  /** The message as the application sees it. */
  readonly data: string | Uint8Array;
  #payload: Uint8Array | undefined;
  #frame: Uint8Array | undefined;
  /** Compressed frames by window bits. */
  #compressed: Map<number, Uint8Array> | undefined;

  /**
   * Encodes nothing yet.
   *
   * @param data Text or bytes. Bytes are copied.
   * @throws {TypeError} The data is neither.
   */
  constructor(data: string | Uint8Array) {
    this.data = typeof data === "string" ? data : asBytes(data).slice();
  }

  /** The payload, uncompressed. */
  get payload(): Uint8Array {
    return this.#payload ??= typeof this.data === "string" ? encoder.encode(this.data) : this.data;
  }

  /**
   * Encodes the message uncompressed, once.
   *
   * @returns Header and payload; not to be changed.
   *
   * @example The bytes on the wire
   * ```ts
   * import { Prepared } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals([...new Prepared("Hi").frame()], [0x81, 2, 0x48, 0x69]);
   * assertEquals([...new Prepared(Uint8Array.of(1)).frame()], [0x82, 1, 1]);
   * ```
   */
  frame(): Uint8Array {
    return this.#frame ??= encodeFrame({ opcode: this.#opcode, payload: this.payload });
  }

  /**
   * Encodes the message compressed, once for each window size.
   *
   * @param deflater Compresses messages that stand alone.
   * @param windowBits Its window bits.
   * @returns Header and compressed payload; not to be changed.
   *
   * @example One frame for each window
   * ```ts
   * import { Deflater, Prepared } from "@hawser/ws/protocol";
   * import { assert, assertStrictEquals } from "@std/assert";
   *
   * const wide = new Deflater({ windowBits: 15, noContextTakeover: true });
   * const narrow = new Deflater({ windowBits: 9, noContextTakeover: true });
   * const message = new Prepared("news ".repeat(100));
   * const frame = message.compressedFrame(wide, 15);
   * assertStrictEquals(message.compressedFrame(wide, 15), frame);
   * assert(message.compressedFrame(narrow, 9) !== frame);
   * ```
   */
  compressedFrame(deflater: MessageDeflater, windowBits: number): Uint8Array {
    this.#compressed ??= new Map();
    let frame = this.#compressed.get(windowBits);
    if (frame === undefined) {
      const payload = deflater.compress(this.payload);
      frame = encodeFrame({ opcode: this.#opcode, payload, rsv1: true });
      this.#compressed.set(windowBits, frame);
    }
    return frame;
  }

  get #opcode(): Opcode {
    return typeof this.data === "string" ? Opcode.Text : Opcode.Binary;
  }
}
