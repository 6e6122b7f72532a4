/** Messages of permessage-deflate (RFC 7692) that hold many blocks (RFC 1951) and no data. */

import { encodeFrame } from "@hawser/ws/protocol";
import { constants as zlib, deflateRawSync } from "node:zlib";

/** Bits of a block, in the order in which they are sent. */
type Bits = readonly number[];

/** `length` bits of a number, the lowest first, as RFC 1951 §3.1.1 packs numbers. */
function bits(value: number, length: number): Bits {
  return Array.from({ length }, (_, i) => (value >> i) & 1);
}

/** BFINAL is 0; BTYPE is 01; the code of the end of the block is seven zeros. RFC 1951 §3.2.6. */
export const emptyFixedBlock: Bits = [...bits(0, 1), ...bits(1, 2), ...bits(0, 7)];

/**
 * BFINAL is 0; BTYPE is 10; then the shortest codes there are. RFC 1951 §3.2.7: 257 lengths of
 * literals and one of a distance, by two codes of one bit: 18 repeats zeros, 1 is the length 1.
 */
export const emptyDynamicBlock: Bits = [
  ...bits(0, 1),
  ...bits(2, 2),
  ...bits(0, 5), // HLIT: 257
  ...bits(0, 5), // HDIST: 1
  ...bits(14, 4), // HCLEN: 18 lengths, in the order 16, 17, 18, 0, 8 ... 14, 1
  ...Array.from({ length: 18 }, (_, i) => bits(i === 2 || i === 17 ? 1 : 0, 3)).flat(),
  ...[1, ...bits(138 - 11, 7)], // 138 zeros
  ...[1, ...bits(118 - 11, 7)], // 118 zeros
  0, // the end of the block: one bit
  0, // the only distance: one bit
  0, // the end of the block
];

/** A stored block is aligned to bytes: its bits, and the lengths 0 and 65,535. RFC 1951 §3.2.4. */
export const emptyStoredBlock: Uint8Array = Uint8Array.of(0, 0, 0, 0xff, 0xff);

/**
 * Packs blocks into the payload of a compressed message.
 *
 * @param block A block.
 * @param times How often; a multiple of 8 ends with a byte.
 * @returns The payload, with the byte of RFC 7692 §7.2.1 that stands for an empty stored block.
 */
export function packBlocks(block: Bits, times: number): Uint8Array {
  // Eight blocks end with a byte, so that they can be repeated as bytes.
  const eight = new Uint8Array(block.length);
  for (let i = 0; i < 8 * block.length; i++) eight[i >> 3]! |= block[i % block.length]! << (i & 7);
  const bytes = new Uint8Array(eight.length * times / 8 + 1);
  for (let at = 0; at < bytes.length - 1; at += eight.length) bytes.set(eight, at);
  return bytes;
}

/** Empty stored blocks; the last one is the byte that stands for it. */
export function packStoredBlocks(times: number): Uint8Array {
  const bytes = new Uint8Array(emptyStoredBlock.length * times + 1);
  for (let i = 0; i < times; i++) bytes.set(emptyStoredBlock, i * emptyStoredBlock.length);
  return bytes;
}

/** A compressed message's payload, as RFC 7692 §7.2.1 makes it. */
export function deflate(data: Uint8Array): Uint8Array {
  const whole = deflateRawSync(data, { finishFlush: zlib.Z_SYNC_FLUSH });
  return new Uint8Array(whole.subarray(0, -4));
}

/** A compressed text in one frame, masked as a client must. */
export function compressedText(payload: Uint8Array): Uint8Array {
  return encodeFrame({ opcode: 1, payload, rsv1: true, maskingKey: 0x12345678 });
}
