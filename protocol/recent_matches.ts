/** Remembers what was sent last, and finds what a small message repeats of it. */

import {
  distanceBits,
  distanceExtra,
  distanceSymbol,
  lengthBits,
  longestMatch,
  shortestMatch,
} from "./fixed_codes.ts";

/** The longest message that it takes. */
export const longestSmall = 1024;

// Places are found by their next 4 bytes and by their next 16. Messages of one kind share much, and
// which of them goes on like this one shows only behind that; the chains of zlib find it step by
// step, where nearly each step waits for memory.
const shortKey = 4;
const longKey = 16;

/** A key's hash: the upper bits are its bucket, of 8,192 in each table, and the lower ones its tag. */
const tagBits = 5;
const bucketBits = 13;
const hashShift = 32 - bucketBits - tagBits;
const tagMask = (1 << tagBits) - 1;

/**
 * A bucket has the last three places in 16 bits each, the newest lowest, and above them their tags,
 * so that hardly a place is looked at in vain: most of those would be fetched from far.
 */
const wordsInBucket = 2;
const places = 3;
const allTags = (1 << places * tagBits) - 1;
const tableSize = wordsInBucket << bucketBits;
const placeMask = 0xffff;

/** Within a match only each second place is kept, as the match itself has all of them. */
const stepInMatch = 2;

/** Odd numbers whose bits are spread well. */
const spread = 0x9e3779b1;
const blend = 0x85ebca77;

/**
 * What begins at each place of the message at work: four bytes, eight of them blended, and the
 * hashes of its keys. A key is known at its last byte, so the first entries belong to no place.
 */
const lead = longKey - 1;
const words = new Int32Array(longestSmall + lead);
const pairs = new Int32Array(longestSmall + lead);
const shortHashes = new Int32Array(longestSmall + lead);
const longHashes = new Int32Array(longestSmall + lead);

const none = new Uint8Array(0);

/**
 * The last bytes of a stream, in a ring, and the places where their parts begin. Places are counted
 * modulo 65,536: each is compared with the ring before it is believed.
 */
export class RecentMatches {
  readonly #memory: ArrayBuffer;
  readonly #window: Uint8Array;
  readonly #short: Int32Array;
  readonly #long: Int32Array;
  /** Bytes before the present message that may be looked back to, as far as they were. */
  #size = 0;
  /** Where the present message begins. */
  #start = 0;
  #message: Uint8Array = none;
  /** The match that {@linkcode find} has found: its length, how far back, and the bits it saves. */
  length = 0;
  distance = 0;
  saved = 0;

  /** @param windowBits How far a match may look back, as a power of two: from 11 to 15. */
  constructor(windowBits: number) {
    const windowSize = 1 << windowBits;
    const tableBytes = tableSize * Int32Array.BYTES_PER_ELEMENT;
    this.#memory = new ArrayBuffer(windowSize + 2 * tableBytes);
    this.#window = new Uint8Array(this.#memory, 0, windowSize);
    this.#short = new Int32Array(this.#memory, windowSize, tableSize);
    this.#long = new Int32Array(this.#memory, windowSize + tableBytes, tableSize);
  }

  /** Takes the next message, of {@linkcode longestSmall} bytes at the most. */
  begin(message: Uint8Array): void {
    const window = this.#window;
    const mask = window.length - 1;
    const start = this.#start;
    let word = 0;
    for (let at = 0; at < message.length; at++) {
      const byte = message[at]!;
      window[(start + at) & mask] = byte;
      word = (word >>> 8) | (byte << 24);
      const place = at + lead - (shortKey - 1);
      words[place] = word;
      shortHashes[place] = hashOf(word);
      const half = place - shortKey;
      if (at >= 2 * shortKey - 1) pairs[half] = blended(words[half]!, word);
      if (at >= lead) longHashes[at] = hashOf(blended(pairs[at]!, pairs[half]!));
    }
    this.#message = message;
  }

  /** Looks for the match at a place of the message that saves most bits. */
  find(at: number): void {
    this.length = this.distance = this.saved = 0;
    const left = this.#message.length - at;
    if (left >= longKey) this.#compare(at, this.#long, longHashes[at + lead]!);
    if (left >= shortKey && this.length < longKey) {
      this.#compare(at, this.#short, shortHashes[at + lead]!);
    }
  }

  #compare(at: number, table: Int32Array, hash: number): void {
    const bucket = (hash >>> tagBits) * wordsInBucket;
    const tag = hash & tagMask;
    const newer = table[bucket]!;
    const older = table[bucket + 1]!;
    let tags = older >>> 16;
    for (let index = 0; index < places; index++, tags >>>= tagBits) {
      if ((tags & tagMask) !== tag) continue;
      const place = index === 0 ? newer : index === 1 ? newer >>> 16 : older;
      this.#try(at, (this.#start + at - place) & placeMask);
    }
  }

  /** Takes the match at a distance if it saves more than the best one. */
  #try(at: number, distance: number): void {
    const message = this.#message;
    const window = this.#window;
    const mask = window.length - 1;
    const left = message.length - at;
    // The whole message is in the ring, where its end has overwritten the oldest bytes.
    if (distance === 0 || distance > Math.min(this.#size + at, window.length - left)) return;
    const most = Math.min(longestMatch, left);
    const from = this.#start + at - distance;
    const best = this.length;
    if (best === most || window[(from + best) & mask] !== message[at + best]) return;
    let length = 0;
    while (length < most && window[(from + length) & mask] === message[at + length]) length++;
    if (length < shortestMatch) return;
    const saved = savedBits(length, distance);
    if (saved <= this.saved) return;
    this.length = length;
    this.distance = distance;
    this.saved = saved;
  }

  /** Keeps a place of the message, to be found later. */
  keep(at: number): void {
    const left = this.#message.length - at;
    if (left >= shortKey) keepPlace(this.#short, shortHashes[at + lead]!, this.#start + at);
    if (left >= longKey) keepPlace(this.#long, longHashes[at + lead]!, this.#start + at);
  }

  /** Keeps places of a match. */
  keepMatch(from: number, to: number): void {
    for (let at = from; at < to; at += stepInMatch) this.keep(at);
  }

  /** The message is done. */
  end(): void {
    const { length } = this.#message;
    this.#start = (this.#start + length) & placeMask;
    this.#size = Math.min(this.#size + length, this.#window.length);
    this.#message = none;
  }

  /** Copies what is remembered, oldest first, without the last `less` bytes. */
  copy(less: number): Uint8Array {
    const mask = this.#window.length - 1;
    const copy = new Uint8Array(this.#size - less);
    const from = this.#start - this.#size;
    for (let at = 0; at < copy.length; at++) copy[at] = this.#window[(from + at) & mask]!;
    return copy;
  }

  /** Frees the memory at once. Nothing may be asked any more. */
  free(): void {
    this.#memory.transfer(0);
  }
}

function hashOf(key: number): number {
  return Math.imul(key, spread) >>> hashShift;
}

function blended(key: number, next: number): number {
  return Math.imul(key, blend) + next | 0;
}

function keepPlace(table: Int32Array, hash: number, place: number): void {
  const bucket = (hash >>> tagBits) * wordsInBucket;
  const newer = table[bucket]!;
  const tags = (table[bucket + 1]! >>> 16 << tagBits | hash & tagMask) & allTags;
  table[bucket + 1] = tags << 16 | newer >>> 16;
  table[bucket] = newer << 16 | place & placeMask;
}

/** How many bits a match saves beside literals of eight. */
function savedBits(length: number, distance: number): number {
  return 8 * length - lengthBits[length]! - distanceBits - distanceExtra[distanceSymbol(distance)]!;
}
