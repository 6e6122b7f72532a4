/** The part of `jsr:@std/crypto` that this project uses, for networks that do not reach JSR. */

import { timingSafeEqual as compare } from "node:crypto";

/** Compares in a time that tells nothing about the content; different lengths are unequal. */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike,
  b: ArrayBufferView | ArrayBufferLike,
): boolean {
  return a.byteLength === b.byteLength && compare(toBytes(a), toBytes(b));
}

function toBytes(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
