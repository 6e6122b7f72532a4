/** The part of `jsr:@std/crypto` that this project uses, for networks that do not reach JSR. */

/**
 * Compares in a time that tells nothing about the content.
 *
 * @throws {TypeError} The lengths differ.
 */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike,
  b: ArrayBufferView | ArrayBufferLike,
): boolean {
  if (a.byteLength !== b.byteLength) {
    const lengths = `${a.byteLength} vs ${b.byteLength}`;
    throw new TypeError(`Cannot compare buffers of different byte lengths (${lengths})`);
  }
  const [one, other] = [toBytes(a), toBytes(b)];
  let difference = 0;
  for (let i = 0; i < one.length; i++) difference |= one[i]! ^ other[i]!;
  return difference === 0;
}

function toBytes(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
