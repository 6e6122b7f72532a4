/** Bytes of callers, made plain. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { asBytes } from "../../protocol/bytes.ts";

Deno.test("asBytes() leaves a Uint8Array as it is", () => {
  const bytes = Uint8Array.of(1, 2);
  assertStrictEquals(asBytes(bytes), bytes);
});

Deno.test("asBytes() gives a Buffer the slice() of a Uint8Array, which copies", () => {
  const buffer = Buffer.from([1, 2, 3]);
  const copy = asBytes(buffer.subarray(1)).slice();
  buffer.fill(9);
  assertEquals(copy, Uint8Array.of(2, 3));
});

Deno.test("asBytes() takes the bytes of any view", () => {
  const words = Uint16Array.of(0, 0x0101);
  assertEquals(asBytes(words.subarray(1) as unknown as Uint8Array), Uint8Array.of(1, 1));
});

Deno.test("asBytes() refuses what is not a view", () => {
  for (const wrong of ["text", 5, [1, 2], new ArrayBuffer(2), {}, null, undefined]) {
    assertThrows(() => asBytes(wrong as unknown as Uint8Array), TypeError);
  }
});
