/** Messages encoded once for many. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { Deflater, Inflater } from "../../protocol/deflate.ts";
import { encodeFrame } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { Prepared } from "../../protocol/prepared.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { parseFrames } from "../support/frames.ts";

Deno.test("Prepared.frame() is the frame of a text or of bytes, made once", () => {
  const text = new Prepared("h€llo");
  assertEquals(text.frame(), encodeFrame({ opcode: Opcode.Text, payload: utf8("h€llo") }));
  assertStrictEquals(text.frame(), text.frame());
  const bytes = new Prepared(Uint8Array.of(1, 2));
  assertEquals(
    bytes.frame(),
    encodeFrame({ opcode: Opcode.Binary, payload: Uint8Array.of(1, 2) }),
  );
});

Deno.test("Prepared.payload is made once", () => {
  const message = new Prepared("h€llo");
  assertEquals(message.payload, utf8("h€llo"));
  assertStrictEquals(message.payload, message.payload);
});

Deno.test("Prepared copies its bytes, those of a Buffer too", () => {
  for (const source of [Uint8Array.of(1, 2), Buffer.from([1, 2])]) {
    const message = new Prepared(source);
    source.fill(9);
    assertEquals(message.data, Uint8Array.of(1, 2));
    assertEquals(message.frame().subarray(2), Uint8Array.of(1, 2));
  }
});

Deno.test("hostile 73: Prepared refuses what is neither text nor bytes", () => {
  for (const wrong of [5, null, undefined, {}, [1], new ArrayBuffer(2)]) {
    assertThrows(() => new Prepared(wrong as unknown as string), TypeError);
  }
});

Deno.test("Prepared.compressedFrame() compresses once for each window size", () => {
  const message = new Prepared("hello hello hello hello");
  for (const windowBits of [15, 10]) {
    const options = { windowBits, noContextTakeover: true };
    const frame = message.compressedFrame(new Deflater(options), windowBits);
    assertStrictEquals(message.compressedFrame(new Deflater(options), windowBits), frame);
    const [parsed] = parseFrames(frame);
    assertEquals([parsed!.opcode, parsed!.rsv1, parsed!.fin], [Opcode.Text, true, true]);
    const inflated: Uint8Array[] = [];
    new Inflater(options).inflate(parsed!.payload, true, (part) => inflated.push(part.slice()));
    assertEquals(concat(inflated), utf8("hello hello hello hello"));
  }
});

Deno.test("Prepared.compressedFrame() keeps a copy, not the scratch of the deflater", () => {
  const deflater = new Deflater({ windowBits: 15, noContextTakeover: true });
  const frame = new Prepared("first").compressedFrame(deflater, 15);
  const copy = frame.slice();
  new Prepared(new Uint8Array(50)).compressedFrame(deflater, 15);
  assertEquals(frame, copy);
});
