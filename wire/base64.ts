/** Base64 with the standard alphabet and padding, RFC 4648 §4. */

/** The methods of newer runtimes (ECMAScript 2026), which are several times as fast. */
interface NativeBase64 {
  toBase64?(this: Uint8Array): string;
}
interface NativeBase64Constructor {
  fromBase64?(text: string): Uint8Array;
}

// The casts: the types of older runtimes have no such methods.
const { toBase64 } = Uint8Array.prototype as NativeBase64;
const { fromBase64 } = Uint8Array as NativeBase64Constructor;

/** Characters that become a string in one call: more of them would not fit on the stack. */
const chunkSize = 8_192;

const alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

/** Writes bytes. */
export function encodeBase64(bytes: Uint8Array): string {
  return toBase64 === undefined ? encodePortably(bytes) : toBase64.call(bytes);
}

/**
 * Reads bytes.
 *
 * @returns `undefined` for what is not base64, has no padding, or holds white space.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !alphabet.test(text)) return undefined;
  return fromBase64 === undefined ? decodePortably(text) : fromBase64.call(Uint8Array, text);
}

/** {@linkcode encodeBase64} for runtimes without a method for it. */
export function encodePortably(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += chunkSize) {
    binary += String.fromCharCode(...bytes.subarray(start, start + chunkSize));
  }
  return btoa(binary);
}

/** {@linkcode decodeBase64} for runtimes without a method for it; the text is base64. */
export function decodePortably(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
