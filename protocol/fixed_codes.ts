/** The fixed Huffman codes of DEFLATE, and its codes for lengths and distances. RFC 1951 §3.2.5, §3.2.6. */

/** The symbol that ends a block. */
export const endOfBlock = 256;

/** Lengths are symbols from here on. */
export const firstLength = 257;

/** The shortest and the longest run of bytes that a distance can stand for. */
export const shortestMatch = 3;
export const longestMatch = 258;

/** Bits of a distance's code, before its extra bits. */
export const distanceBits = 5;

const literalSymbols = 288;
const lengthSymbols = 29;
const distanceSymbols = 30;

/** The code of each literal, end and length symbol, its first bit lowest, and how many bits it has. */
export const symbolCode: Uint16Array = new Uint16Array(literalSymbols);
export const symbolBits: Uint8Array = new Uint8Array(literalSymbols);

/** The shortest length of each length symbol less 257, and the extra bits that follow it. */
export const lengthBase: Uint16Array = new Uint16Array(lengthSymbols);
export const lengthExtra: Uint8Array = new Uint8Array(lengthSymbols);

/** The same for distances, whose codes have five bits each. */
export const distanceBase: Uint16Array = new Uint16Array(distanceSymbols);
export const distanceExtra: Uint8Array = new Uint8Array(distanceSymbols);
export const distanceCode: Uint8Array = new Uint8Array(distanceSymbols);

/** The code of each match length with its extra bits, and how many bits they are. */
export const lengthCode: Uint16Array = new Uint16Array(longestMatch + 1);
export const lengthBits: Uint8Array = new Uint8Array(longestMatch + 1);

/** Symbols of distances up to 256; of longer ones, by the distance less one, without its low 7 bits. */
const nearSymbols = new Uint8Array(257);
const farSymbols = new Uint8Array(256);

for (let symbol = 0; symbol < literalSymbols; symbol++) {
  const [bits, code] = fixedCode(symbol);
  symbolBits[symbol] = bits;
  symbolCode[symbol] = reversed(code, bits);
}
for (let index = 0, length = shortestMatch; index < lengthSymbols; index++) {
  // The last symbol is that of the longest match alone, which the one before could have stood for.
  const isLast = index === lengthSymbols - 1;
  const extra = index < 8 || isLast ? 0 : (index >> 2) - 1;
  if (isLast) length = longestMatch;
  lengthBase[index] = length;
  lengthExtra[index] = extra;
  const symbol = firstLength + index;
  for (let rest = 0; rest < 1 << extra; rest++, length++) {
    lengthBits[length] = symbolBits[symbol]! + extra;
    lengthCode[length] = symbolCode[symbol]! | rest << symbolBits[symbol]!;
  }
}
for (let symbol = 0, distance = 1; symbol < distanceSymbols; symbol++) {
  const extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
  distanceBase[symbol] = distance;
  distanceExtra[symbol] = extra;
  distanceCode[symbol] = reversed(symbol, distanceBits);
  for (let rest = 0; rest < 1 << extra; rest++, distance++) {
    if (distance <= 256) nearSymbols[distance] = symbol;
    else farSymbols[(distance - 1) >> 7] = symbol;
  }
}

/** The bits and the code of a symbol, its first bit highest. RFC 1951 §3.2.6. */
function fixedCode(symbol: number): readonly [bits: number, code: number] {
  if (symbol < 144) return [8, 0x30 + symbol];
  if (symbol < 256) return [9, 0x190 + symbol - 144];
  if (symbol < 280) return [7, symbol - 256];
  return [8, 0xc0 + symbol - 280];
}

/** Codes go into the stream from their highest bit on, everything else from its lowest. */
function reversed(code: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= ((code >> bit) & 1) << (bits - 1 - bit);
  return result;
}

/** The symbol of a distance from 1 to 32,768. */
export function distanceSymbol(distance: number): number {
  return distance <= 256 ? nearSymbols[distance]! : farSymbols[(distance - 1) >> 7]!;
}
