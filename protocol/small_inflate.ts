/** Inflates small messages of fixed codes, as most that repeat others are. RFC 1951 §3.2.6. */

import {
  distanceBase,
  distanceBits,
  distanceCode,
  distanceExtra,
  endOfBlock,
  firstLength,
  lengthBase,
  lengthExtra,
  symbolBits,
  symbolCode,
} from "./fixed_codes.ts";

/** Longer payloads are likely to have codes of their own. */
export const longestSmallPayload = 1024;

/** Longer output is left to others, and their limits. */
export const mostSmallOutput = 4096;

/** What was inflated before, as far as messages may refer to it. */
export interface InflatedHistory {
  /** How many bytes it has. */
  readonly size: number;
  /** A byte so far back from its end, from 1 on. */
  byteAt(distance: number): number;
}

/** The fixed codes by the next nine bits, and by the next five: a symbol, and above it its bits. */
const longestCode = 9;
const symbolTable = new Uint16Array(1 << longestCode);
const symbolMask = symbolTable.length - 1;
const symbolShift = 4;
const bitsMask = (1 << symbolShift) - 1;
const distanceTable = new Uint8Array(1 << distanceBits);

for (let symbol = 0; symbol < symbolCode.length; symbol++) {
  const bits = symbolBits[symbol]!;
  for (let rest = 0; rest < 1 << (longestCode - bits); rest++) {
    symbolTable[symbolCode[symbol]! | rest << bits] = symbol << symbolShift | bits;
  }
}
distanceTable.fill(distanceCode.length);
for (let symbol = 0; symbol < distanceCode.length; symbol++) {
  distanceTable[distanceCode[symbol]!] = symbol;
}

/** The headers of blocks that are not the last: of fixed codes, and stored. RFC 1951 §3.2.3. */
const fixedBlock = 0b010;
const storedBlock = 0b000;
const headerBits = 3;
const headerMask = (1 << headerBits) - 1;

/** Of the one message at work: the next byte, and the bits before it that wait, and how many. */
let at = 0;
let waiting = 0;
let count = 0;

/** The longest distance takes so many bits at once. */
const mostTaken = 18;

/** Whether a payload begins with a block of fixed codes. */
export function beginsFixed(payload: Uint8Array): boolean {
  return payload.length > 0 && (payload[0]! & headerMask) === fixedBlock;
}

/**
 * Inflates a whole message, if it is as most senders make it: blocks of fixed codes, none of them
 * the last one, and the header of an empty stored block, whose rest is the tail that was removed
 * (RFC 7692 §7.2.1). Everything else, all that is wrong with it included, is left to others: they
 * find the history as it was.
 *
 * @param payload The compressed message.
 * @param history What its matches may refer to.
 * @param output Takes up to {@linkcode mostSmallOutput} bytes.
 * @returns How many bytes of output there are, or -1 where it is left to others.
 */
export function inflateSmall(
  payload: Uint8Array,
  history: InflatedHistory,
  output: Uint8Array,
): number {
  if (payload.length > longestSmallPayload || !beginsFixed(payload)) return -1;
  at = waiting = count = 0;
  refill(payload);
  take(headerBits);
  let size = 0;
  for (;;) {
    refill(payload);
    const entry = symbolTable[waiting & symbolMask]!;
    take(entry & bitsMask);
    const symbol = entry >> symbolShift;
    if (symbol < endOfBlock) {
      if (size === mostSmallOutput) return -1;
      output[size++] = symbol;
    } else if (symbol === endOfBlock) {
      const header = take(headerBits);
      const left = 8 * (payload.length - at) + count;
      if (header === storedBlock && left >= 0) return left < 8 ? size : -1;
      if (header !== fixedBlock || left < 0) return -1;
    } else {
      const length = takeLength(symbol - firstLength);
      refill(payload);
      const distance = takeDistance();
      if (distance > size + history.size || size + length > mostSmallOutput) return -1;
      for (const end = size + length; size < end; size++) {
        const back = distance - size;
        output[size] = back > 0 ? history.byteAt(back) : output[size - distance]!;
      }
    }
  }
}

/** Behind the end there are zeros, which make an end of a block: what that took is counted. */
function refill(payload: Uint8Array): void {
  for (; count < mostTaken; count += 8, at++) {
    if (at < payload.length) waiting |= payload[at]! << count;
  }
}

function take(bits: number): number {
  const value = waiting & ((1 << bits) - 1);
  waiting >>>= bits;
  count -= bits;
  return value;
}

/** The last two length symbols stand for none: what they give is too long for any output. */
function takeLength(index: number): number {
  if (index >= lengthBase.length) return Infinity;
  return lengthBase[index]! + take(lengthExtra[index]!);
}

/** The last two distance symbols stand for none: what they give is too far for any history. */
function takeDistance(): number {
  const symbol = distanceTable[take(distanceBits)]!;
  if (symbol >= distanceBase.length) return Infinity;
  return distanceBase[symbol]! + take(distanceExtra[symbol]!);
}
