/** The parts that all implementations of `DeflateStreams` share: tail, limits and refusals. */

import { checkInteger } from "./deflate_options.ts";
import type { DeflaterOptions, InflaterOptions } from "./deflate_streams.ts";
import { ProtocolError } from "./errors.ts";

/** RFC 7692 §7.2.1: a sender removes this from the end of a message, a receiver appends it. */
export const deflateTail: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** The largest piece of output: so far a bomb gets before the receiver sees it. */
export const outputPieceSize = 16 * 1024;

/** An output buffer that has grown beyond this for one message is replaced by a smaller one. */
export const keptDeflateOutput = 1024 * 1024;

/** Fills in the defaults, and refuses what is out of range. */
export function resolveDeflaterOptions(options: DeflaterOptions): Required<DeflaterOptions> {
  const { windowBits, noContextTakeover, level = 5, memLevel = 8 } = options;
  checkInteger("windowBits", windowBits, 8, 15);
  checkInteger("level", level, 1, 9);
  checkInteger("memLevel", memLevel, 1, 9);
  return { windowBits, noContextTakeover, level, memLevel };
}

/** Refuses what is out of range. */
export function checkInflaterOptions(options: InflaterOptions): void {
  checkInteger("windowBits", options.windowBits, 8, 15);
}

/**
 * zlib makes raw data with 9 window bits at least, of which it uses 512 - 262 = 250 bytes: that
 * fits a window of 8 bits.
 */
export function deflateWindowBits(windowBits: number): number {
  return Math.max(9, windowBits);
}

/**
 * Compresses an empty message, RFC 7692 §7.2.3.6: it is an empty block less its tail. zlib does not
 * make it, as a second flush in a row writes nothing.
 *
 * @param output The buffer to write into.
 * @returns The compressed payload, a part of that buffer.
 */
export function compressEmpty(output: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  output[0] = 0x00;
  return output.subarray(0, 1);
}

/** The refusal of data that zlib finds a fault with. */
export function corruptData(fault: string): ProtocolError {
  return new ProtocolError("INVALID_PAYLOAD", `Compressed data is corrupt: ${fault}`);
}

/** The refusal of a message that does not end where a block ends. */
export function cutShort(): ProtocolError {
  return new ProtocolError("INVALID_PAYLOAD", "Compressed message is cut short");
}

/** RFC 7692 §7.2.1: the tail is that of an empty block. With output, it was taken for data. */
export function refuseOutput(): never {
  throw cutShort();
}
