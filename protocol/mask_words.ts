/** Masking of long payloads by whole words, as wide as the engine is fast with. */

/**
 * Masks whole words in place.
 *
 * @param bytes The bytes to change.
 * @param word Masking key as it lies in memory, read as a number.
 * @param start Where the first word begins in `bytes`; its address is a multiple of eight.
 * @param end Where the last one ends; `end - start` is a multiple of eight.
 * @returns All changed bytes OR-ed into the low eight bits of each other.
 */
export type MaskWords = (bytes: Uint8Array, word: number, start: number, end: number) => number;

const wordPair = new Int32Array(2);
const wordPairLong = new BigInt64Array(wordPair.buffer);
const seenLong = new BigInt64Array(1);
const seenPair = new Int32Array(seenLong.buffer);

/**
 * Two words in one number of 64 bits, and four such numbers at a time: see {@linkcode maskWords}
 * for where.
 */
export function maskLongWords(
  bytes: Uint8Array,
  word: number,
  start: number,
  end: number,
): number {
  const long = twice(word);
  const words = longWordsOf(bytes, start, end);
  const seen = seenLong;
  seen[0] = 0n;
  const fours = words.length - (words.length & 3);
  let i = 0;
  for (; i < fours; i += 4) {
    const first = words[i]! ^ long;
    const second = words[i + 1]! ^ long;
    const third = words[i + 2]! ^ long;
    const fourth = words[i + 3]! ^ long;
    words[i] = first;
    words[i + 1] = second;
    words[i + 2] = third;
    words[i + 3] = fourth;
    // In memory: a variable of 64 bits would be an object at each turn of the loop.
    seen[0]! |= first | second | third | fourth;
  }
  for (; i < words.length; i++) seen[0]! |= words[i]! ^= long;
  return fold(seenPair[0]! | seenPair[1]!);
}

function twice(word: number): bigint {
  wordPair.fill(word);
  return wordPairLong[0]!;
}

function longWordsOf(bytes: Uint8Array, start: number, end: number): BigInt64Array {
  return new BigInt64Array(bytes.buffer, bytes.byteOffset + start, (end - start) >>> 3);
}

/** {@linkcode maskLongWords} where nobody asks what the bytes are, in two thirds of the time. */
export function maskUnseenWords(
  bytes: Uint8Array,
  word: number,
  start: number,
  end: number,
): number {
  const long = twice(word);
  const words = longWordsOf(bytes, start, end);
  const fours = words.length - (words.length & 3);
  let i = 0;
  for (; i < fours; i += 4) {
    words[i]! ^= long;
    words[i + 1]! ^= long;
    words[i + 2]! ^= long;
    words[i + 3]! ^= long;
  }
  for (; i < words.length; i++) words[i]! ^= long;
  return 0;
}

/** The form for all engines. */
export function maskShortWords(
  bytes: Uint8Array,
  word: number,
  start: number,
  end: number,
): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, (end - start) >>> 2);
  let seen = 0;
  for (let i = 0; i < words.length; i++) seen |= words[i] = words[i]! ^ word;
  return fold(seen);
}

function fold(word: number): number {
  return word | (word >>> 8) | (word >>> 16) | (word >>> 24);
}

/** Node 20 has no navigator. */
const userAgent = globalThis.navigator?.userAgent ?? "";

/**
 * V8 keeps numbers of 64 bits in registers: measured twice as fast as 32 bits. Other engines make
 * an object of each: measured forty times slower in Bun.
 */
const isFastWithLongWords = /\b(Deno|Node\.js|Chrome)\//.test(userAgent);

/** Masks as fast as the engine can, and tells what the bytes are. */
export const maskWords: MaskWords = isFastWithLongWords ? maskLongWords : maskShortWords;

/** Masks as fast as the engine can, and need not tell what the bytes are. */
export const maskWordsUnseen: MaskWords = isFastWithLongWords ? maskUnseenWords : maskShortWords;
