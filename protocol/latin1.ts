/** Latin-1, the alphabet of HTTP heads: classes of characters, decoding and encoding. */

/** RFC 9110 §5.6.2: 1 for each tchar. */
const tokenChars = new Uint8Array(128);
for (
  const char of "!#$%&'*+-.^_`|~0123456789" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
) {
  tokenChars[char.charCodeAt(0)] = 1;
}

/** `String.fromCharCode` takes its codes as arguments, which some engines limit to 65,535. */
const maxArguments = 8192;

const encoder = new TextEncoder();

/** Tells whether a character may stand in a token. RFC 9110 §5.6.2. */
export function isTokenChar(code: number): boolean {
  return tokenChars[code] === 1;
}

/** Tells whether a character may stand in a field value: no control but HTAB. RFC 9110 §5.5. */
export function isFieldChar(code: number): boolean {
  return code >= 0x20 ? code !== 0x7f && code <= 0xff : code === 0x09;
}

/**
 * Cuts out a part of a text without white space at both ends. `trim()` would take U+00A0 as well,
 * which is data here.
 */
export function trimWhitespace(text: string, from = 0, to: number = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Tells whether a character is optional white space. RFC 9110 §5.6.3. */
export function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

type Latin1Slice = (this: Uint8Array, start: number, end: number) => string;

let latin1Slice: Latin1Slice | undefined;
let isLookedUp = false;

/** Not before the first text: to ask for `Buffer` makes Deno load it, a twentieth of a start. */
function lookUp(): void {
  isLookedUp = true;
  const { Buffer } = globalThis as { Buffer?: { prototype?: { latin1Slice?: Latin1Slice } } };
  latin1Slice = Buffer?.prototype?.latin1Slice;
}

/**
 * Decodes by the Latin-1 decoder of Node's Buffer where the runtime has one (Deno, Node, Bun): 50
 * ns for 118 bytes of ASCII, where TextDecoder takes 320. A browser has none.
 *
 * @returns `undefined` where there is none.
 */
export function sliceLatin1(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (!isLookedUp) lookUp();
  return latin1Slice === undefined ? undefined : latin1Slice.call(bytes, start, end);
}

/**
 * Decodes each byte to the character of the same code. `TextDecoder` cannot: what it calls latin1
 * is windows-1252.
 */
export function decodeLatin1(bytes: Uint8Array, end: number = bytes.length): string {
  return sliceLatin1(bytes, 0, end) ?? decodeCodes(bytes.subarray(0, end));
}

/** Does the work of {@linkcode decodeLatin1} without a `Buffer`. */
export function decodeCodes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += maxArguments) {
    // Measured at 1.2 us for 400 bytes, where spreading them takes 10.
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(at, at + maxArguments));
  }
  return text;
}

/**
 * Encodes text that has no character above U+00FF, which its author has checked. ASCII, which heads
 * mostly are, is the same in UTF-8: 0.6 us for the head of a 101, where the loop takes 2.
 */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  const { read, written } = encoder.encodeInto(text, bytes);
  if (read === text.length && written === text.length) return bytes;
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
