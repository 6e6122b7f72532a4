/** Masking of payloads, by whole words where it pays. RFC 6455 §5.3. */

import { maskShortWords, type MaskWords, maskWords, maskWordsUnseen } from "./mask_words.ts";

/** From this many bytes the view of words costs less than it saves. */
const wordsFrom = 128;

/** From this many bytes the widest words do. */
const widestFrom = 4_096;

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Masks or unmasks bytes in place; doing it twice gives the bytes back. RFC 6455 §5.3.
 *
 * @param bytes The bytes to change.
 * @param key Masking key as an unsigned number, its first byte the highest.
 * @param start Where the payload begins in `bytes`.
 * @param end Where it ends.
 * @param phase How many bytes of the frame's payload came before `start`.
 * @returns All changed bytes OR-ed into the low eight bits of each other (other bits may be set):
 * bit 7 is clear when all of them are ASCII.
 *
 * @example Unmasking "Hello" of RFC 6455 §5.7
 * ```ts
 * import { applyMask } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = Uint8Array.of(0x7f, 0x9f, 0x4d, 0x51, 0x58);
 * applyMask(payload, 0x37fa213d);
 * assertEquals(new TextDecoder().decode(payload), "Hello");
 * ```
 */
export function applyMask(
  bytes: Uint8Array,
  key: number,
  start = 0,
  end: number = bytes.length,
  phase = 0,
): number {
  const length = end - start;
  key = turn(key, phase);
  if (length < wordsFrom) return applyMaskByBytes(bytes, key, start, end);
  const mask = length >= widestFrom ? maskWords : maskShortWords;
  return applyMaskByWords(bytes, key, start, end, mask);
}

/**
 * Does what {@linkcode applyMask} does, and returns nothing: for bytes that may be any. From 4 KiB
 * on it takes two thirds of the time.
 */
export function maskBinary(
  bytes: Uint8Array,
  key: number,
  start: number,
  end: number,
  phase = 0,
): void {
  if (key === 0) return;
  if (end - start < widestFrom) applyMask(bytes, key, start, end, phase);
  else applyMaskByWords(bytes, turn(key, phase), start, end, maskWordsUnseen);
}

/** The key for what follows so many bytes. */
function turn(key: number, phase: number): number {
  const bits = 8 * (phase & 3);
  return bits === 0 ? key : (key << bits) | (key >>> (32 - bits));
}

/** The plain form, and the one that the fast path is compared with. */
function applyMaskByBytes(bytes: Uint8Array, key: number, start: number, end: number): number {
  const first = key >>> 24;
  const second = (key >>> 16) & 0xff;
  const third = (key >>> 8) & 0xff;
  const fourth = key & 0xff;
  let seen = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    seen |= (bytes[at] = bytes[at]! ^ first) | (bytes[at + 1] = bytes[at + 1]! ^ second) |
      (bytes[at + 2] = bytes[at + 2]! ^ third) | (bytes[at + 3] = bytes[at + 3]! ^ fourth);
  }
  if (at < end) seen |= bytes[at] = bytes[at]! ^ first;
  if (at + 1 < end) seen |= bytes[at + 1] = bytes[at + 1]! ^ second;
  if (at + 2 < end) seen |= bytes[at + 2] = bytes[at + 2]! ^ third;
  return seen;
}

/** Measured three to six times as fast as bytes from 1 KiB on: aligned words. */
function applyMaskByWords(
  bytes: Uint8Array,
  key: number,
  start: number,
  end: number,
  mask: MaskWords,
): number {
  const lead = -(bytes.byteOffset + start) & 7;
  let seen = applyMaskByBytes(bytes, key, start, start + lead);
  start += lead;
  key = turn(key, lead);
  const wordsEnd = end - ((end - start) & 7);
  seen |= mask(bytes, littleEndian ? swapBytes(key) : key | 0, start, wordsEnd);
  return seen | applyMaskByBytes(bytes, key, wordsEnd, end);
}

function swapBytes(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
