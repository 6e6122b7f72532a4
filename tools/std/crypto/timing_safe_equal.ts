/** The part of `jsr:@std/crypto` that this project uses, for networks that do not reach JSR. */

import { timingSafeEqual as compare } from "node:crypto";

/**
 * Compares in a time that tells nothing about the content.
 *
 * @throws {TypeError} The lengths differ.
 */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike,
  b: ArrayBufferView | ArrayBufferLike,
): boolean {
  if (a.byteLength === b.byteLength) return compare(toBytes(a), toBytes(b));
  const lengths = `${a.byteLength} vs ${b.byteLength}`;
  throw new TypeError(`Cannot compare buffers of different byte lengths (${lengths})`);
}

function toBytes(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
