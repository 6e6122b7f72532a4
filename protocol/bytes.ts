/** Takes the forms in which callers give bytes. */

/**
 * The same bytes as a plain `Uint8Array`. A subclass such as Node's Buffer has a `slice()` that
 * shares memory, and other objects have a length that means something else.
 */
export function asBytes(data: Uint8Array): Uint8Array {
  if (data.constructor === Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  throw new TypeError("Cannot use this data as bytes: it is not a Uint8Array");
}
