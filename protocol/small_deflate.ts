/** Compresses small messages that repeat earlier ones, into a block of fixed codes. RFC 1951 §3.2.6. */

import {
  distanceBase,
  distanceBits,
  distanceCode,
  distanceExtra,
  distanceSymbol,
  endOfBlock,
  lengthBits,
  lengthCode,
  symbolBits,
  symbolCode,
} from "./fixed_codes.ts";
import { longestSmall, RecentMatches } from "./recent_matches.ts";

/** Window bits: half of the window is for the message at work. */
export const leastSmallWindow = 11;

/** Room for any message's payload: nine bits for each byte, and 13 around them. */
export const smallRoom: number = Math.ceil((9 * longestSmall + 13) / 8);

/** A match that saves so many bits is taken at once. */
const goodMatch = 100;

/** Not the last block, of fixed codes: three bits. RFC 1951 §3.2.3. */
const blockHeader = 0b010;
const blockHeaderBits = 3;

/** The bits that wait for a whole byte, and how many they are: of the one message at work. */
let waiting = 0;
let count = 0;
let output: Uint8Array = new Uint8Array(0);
let size = 0;

/**
 * Compresses the small messages of one connection, with context takeover. It makes no other blocks
 * than those of fixed codes, which are the smallest for messages that mostly repeat others.
 */
export class SmallDeflate {
  readonly #recent: RecentMatches;

  /** @param windowBits Window bits, from {@linkcode leastSmallWindow} to 15. */
  constructor(windowBits: number) {
    this.#recent = new RecentMatches(windowBits);
  }

  /**
   * Compresses one message, as RFC 7692 §7.2.1 has it: up to a flush, and without its tail.
   *
   * @param message At least one byte, and at most {@linkcode longestSmall}.
   * @param into Takes the payload from its start on: {@linkcode smallRoom} bytes are enough.
   * @returns How many bytes of it are the payload.
   */
  compress(message: Uint8Array, into: Uint8Array): number {
    output = into;
    size = 0;
    waiting = blockHeader;
    count = blockHeaderBits;
    this.#recent.begin(message);
    this.#putMessage(message);
    this.#recent.end();
    put(symbolCode[endOfBlock]!, symbolBits[endOfBlock]!);
    // The header of an empty stored block, three bits of zero, and zeros to the end of the byte.
    count += blockHeaderBits;
    for (; count > 0; count -= 8) {
      output[size++] = waiting;
      waiting >>>= 8;
    }
    return size;
  }

  /** A match is taken unless the next place has a better one, as in zlib's lazy evaluation. */
  #putMessage(message: Uint8Array): void {
    const recent = this.#recent;
    for (let at = 0; at < message.length;) {
      recent.find(at);
      let { length, distance, saved } = recent;
      recent.keep(at);
      while (saved > 0 && saved < goodMatch) {
        recent.find(at + 1);
        if (recent.saved <= saved) break;
        putLiteral(message[at++]!);
        ({ length, distance, saved } = recent);
        recent.keep(at);
      }
      if (saved === 0) {
        putLiteral(message[at++]!);
      } else {
        putMatch(length, distance);
        recent.keepMatch(at + 1, at + length);
        at += length;
      }
    }
  }

  /** Takes a message that was compressed by other means, for later ones to refer to. */
  learn(message: Uint8Array): void {
    this.#recent.begin(message);
    this.#recent.keepAll();
    this.#recent.end();
  }

  /** Copies what later messages may refer to, without its last `less` bytes. */
  history(less: number): Uint8Array {
    return this.#recent.copy(less);
  }

  /** Frees the memory at once. It must not be used any more. */
  close(): void {
    this.#recent.free();
  }
}

function putLiteral(byte: number): void {
  put(symbolCode[byte]!, symbolBits[byte]!);
}

function putMatch(length: number, distance: number): void {
  put(lengthCode[length]!, lengthBits[length]!);
  const symbol = distanceSymbol(distance);
  const rest = distance - distanceBase[symbol]!;
  put(distanceCode[symbol]! | rest << distanceBits, distanceBits + distanceExtra[symbol]!);
}

/** Puts up to 18 bits behind up to seven that wait. */
function put(bits: number, bitCount: number): void {
  waiting |= bits << count;
  count += bitCount;
  for (; count >= 8; count -= 8) {
    output[size++] = waiting;
    waiting >>>= 8;
  }
}
