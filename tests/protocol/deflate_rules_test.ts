/** The rules that all streams of permessage-deflate share. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  compressEmpty,
  corruptData,
  cutShort,
  deflateWindowBits,
  refuseOutput,
  resolveDeflaterOptions,
} from "../../protocol/deflate_rules.ts";
import { ProtocolError } from "../../protocol/errors.ts";

Deno.test("resolveDeflaterOptions() fills in zlib's defaults", () => {
  const options = resolveDeflaterOptions({ windowBits: 12, noContextTakeover: true });
  assertEquals(options, { windowBits: 12, noContextTakeover: true, level: 5, memLevel: 8 });
});

Deno.test("deflateWindowBits() gives a window that zlib has, and that fits", () => {
  assertEquals([8, 9, 15].map(deflateWindowBits), [9, 9, 15]);
});

Deno.test("compressEmpty() writes one zero byte, and leaves the rest of the buffer", () => {
  const output = Uint8Array.of(7, 7);
  assertEquals(compressEmpty(output), Uint8Array.of(0));
  assertEquals(output, Uint8Array.of(0, 7));
});

Deno.test("corruptData(), cutShort() and refuseOutput() close with 1007", () => {
  const errors = [corruptData("why"), cutShort(), assertThrows(refuseOutput, ProtocolError)];
  assertEquals(errors.map(({ closeCode }) => closeCode), [1007, 1007, 1007]);
});
