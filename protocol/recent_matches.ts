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

/**
 * Places of matches and literals are kept, as messages of one kind are cut at the same ones. Of those
 * within a match only the first are, by their short keys: a message that differs where the match
 * begins finds the rest of it by them. To keep all others makes tables four times as large, which
 * the processor waits for, and no fewer bytes.
 */
const keptInMatch = 4;

/** A key's hash: its upper bits are the bucket, and these, below the buckets of any table, the tag. */
const tagShift = 14;
const tagBits = 5;
const tagMask = (1 << tagBits) - 1;

/**
 * A bucket has the last six places in 16 bits each, the newest lowest in the first word, and then a
 * word of their tags, the newest lowest. Most places of other keys are passed over by their tags: to
 * look at one in the window is to fetch it from far. A bucket lies within one line of the cache.
 */
const wordsInBucket = 4;
const tagsWord = 3;
const places = 2 * tagsWord;
const allTags = 2 ** (places * tagBits) - 1;
const placeMask = 0xffff;

/** Words of the tables. */
const shortSize = wordsInBucket << 11;
const longSize = wordsInBucket << 10;

/** Odd numbers whose bits are spread well. */
const spread = 0x9e3779b1;
const blend = 0x85ebca77;

/** The four bytes of the message at work that end at each place. */
const words = new Int32Array(longestSmall);

/** Takes what `fetchBuckets` has read: the compiler leaves out a read without a use. */
const fetched = new Int32Array(1);

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
    const wordSize = Int32Array.BYTES_PER_ELEMENT;
    this.#memory = new ArrayBuffer(windowSize + (shortSize + longSize) * wordSize);
    this.#window = new Uint8Array(this.#memory, 0, windowSize);
    this.#short = new Int32Array(this.#memory, windowSize, shortSize);
    this.#long = new Int32Array(this.#memory, windowSize + shortSize * wordSize, longSize);
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
      words[at] = word = (word >>> 8) | (byte << 24);
    }
    this.#message = message;
    fetchBuckets(this.#short, message.length);
  }

  /** Looks for the match at a place of the message that saves most bits. */
  find(at: number): void {
    this.length = this.distance = this.saved = 0;
    const left = this.#message.length - at;
    if (left >= longKey) this.#compare(at, this.#long, longHash(at));
    if (left >= shortKey && this.length < longKey) this.#compare(at, this.#short, shortHash(at));
  }

  /** Takes a place of the key's bucket if the match there saves more than the best one. */
  #compare(at: number, table: Int32Array, hash: number): void {
    const message = this.#message;
    const window = this.#window;
    const mask = window.length - 1;
    const here = this.#start + at;
    const left = message.length - at;
    const most = Math.min(longestMatch, left);
    // The whole message is in the ring, where its end has overwritten the oldest bytes.
    const furthest = Math.min(this.#size + at, window.length - left);
    const bucket = bucketOf(hash, table);
    const tag = tagOf(hash);
    let tags = table[bucket + tagsWord]!;
    for (let index = 0; index < places; index++, tags >>>= tagBits) {
      if ((tags & tagMask) !== tag) continue;
      const distance = (here - (table[bucket + (index >> 1)]! >>> ((index & 1) << 4))) & placeMask;
      if (distance === 0 || distance > furthest) continue;
      const from = here - distance;
      const best = this.length;
      if (best === most) return;
      if (window[(from + best) & mask] !== message[at + best]) continue;
      let length = 0;
      while (length < most && window[(from + length) & mask] === message[at + length]) length++;
      if (length < shortestMatch) continue;
      const saved = savedBits(length, distance);
      if (saved <= this.saved) continue;
      this.length = length;
      this.distance = distance;
      this.saved = saved;
    }
  }

  /** Keeps a place of the message, to be found later. */
  keep(at: number): void {
    const left = this.#message.length - at;
    const place = this.#start + at;
    if (left >= shortKey) keepPlace(this.#short, shortHash(at), place);
    if (left >= longKey) keepPlace(this.#long, longHash(at), place);
  }

  /** Keeps places within a match that begins one place before. */
  keepMatch(from: number, to: number): void {
    const last = Math.min(from + keptInMatch, to, this.#message.length - shortKey + 1);
    for (let at = from; at < last; at++) keepPlace(this.#short, shortHash(at), this.#start + at);
  }

  /** Keeps places all over the message. */
  keepAll(): void {
    for (let at = 0; at < this.#message.length; at += 2) this.keep(at);
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

/**
 * Reads the buckets of all short keys once. None of these reads waits for another one, so that the
 * processor fetches several lines at a time, where `find` and `keep` would wait for each.
 */
function fetchBuckets(table: Int32Array, messageLength: number): void {
  let all = 0;
  for (let at = 0; at + shortKey <= messageLength; at++) {
    all |= table[bucketOf(shortHash(at), table)]!;
  }
  fetched[0] = all;
}

/** The keys of a place end at these words. */
function shortHash(at: number): number {
  return Math.imul(words[at + 3]!, spread);
}

function longHash(at: number): number {
  const first = blended(words[at + 3]!, words[at + 7]!);
  const second = blended(words[at + 11]!, words[at + 15]!);
  return Math.imul(blended(first, second), spread);
}

function blended(key: number, next: number): number {
  return Math.imul(key, blend) + next | 0;
}

/** Where the key's bucket begins in a table, whose length is a power of two. */
function bucketOf(hash: number, table: Int32Array): number {
  return hash >>> Math.clz32(table.length - 1) & -wordsInBucket;
}

function tagOf(hash: number): number {
  return hash >>> tagShift & tagMask;
}

function keepPlace(table: Int32Array, hash: number, place: number): void {
  const bucket = bucketOf(hash, table);
  const first = table[bucket]!;
  const second = table[bucket + 1]!;
  table[bucket] = first << 16 | place & placeMask;
  table[bucket + 1] = second << 16 | first >>> 16;
  table[bucket + 2] = table[bucket + 2]! << 16 | second >>> 16;
  table[bucket + tagsWord] = (table[bucket + tagsWord]! << tagBits | tagOf(hash)) & allTags;
}

/** How many bits a match saves beside literals of eight. */
function savedBits(length: number, distance: number): number {
  return 8 * length - lengthBits[length]! - distanceBits - distanceExtra[distanceSymbol(distance)]!;
}
