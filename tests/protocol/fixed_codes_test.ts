/** The fixed codes beside the tables of RFC 1951. */

import { assertEquals } from "@std/assert";
import {
  distanceBase,
  distanceExtra,
  distanceSymbol,
  lengthBase,
  lengthBits,
  lengthCode,
  lengthExtra,
  symbolBits,
  symbolCode,
} from "../../protocol/fixed_codes.ts";

Deno.test("symbols have the codes of RFC 1951 §3.2.6, their first bit lowest", () => {
  const code = (symbol: number) => {
    const bits = symbolCode[symbol]!.toString(2).padStart(symbolBits[symbol]!, "0");
    return [...bits].reverse().join("");
  };
  assertEquals([0, 143].map(code), ["00110000", "10111111"]);
  assertEquals([144, 255].map(code), ["110010000", "111111111"]);
  assertEquals([256, 279].map(code), ["0000000", "0010111"]);
  assertEquals([280, 287].map(code), ["11000000", "11000111"]);
});

Deno.test("lengths and distances have the symbols of RFC 1951 §3.2.5", () => {
  assertEquals([...lengthBase], [
    ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115],
    ...[131, 163, 195, 227, 258],
  ]);
  assertEquals(lengthExtra.join(""), "00000000111122223333444455550");
  assertEquals([...distanceBase], [
    ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537],
    ...[2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577],
  ]);
  for (let distance = 1; distance <= 32_768; distance++) {
    const symbol = distanceSymbol(distance);
    const end = distanceBase[symbol]! + (1 << distanceExtra[symbol]!);
    assertEquals(distance >= distanceBase[symbol]! && distance < end, true, String(distance));
  }
});

Deno.test("each length has its symbol's code and its extra bits above it", () => {
  for (let length = 3; length <= 258; length++) {
    const index = lengthBase.findLastIndex((base) => base <= length);
    const rest = length - lengthBase[index]!;
    assertEquals(lengthBits[length], symbolBits[257 + index]! + lengthExtra[index]!);
    assertEquals(lengthCode[length], symbolCode[257 + index]! | rest << symbolBits[257 + index]!);
  }
});
