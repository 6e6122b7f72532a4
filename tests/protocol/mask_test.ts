/** Masking: the fast path against the plain definition. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { applyMask, maskBinary } from "../../protocol/mask.ts";
import { random } from "../support/splits.ts";

/** RFC 6455 §5.3 as it is written: octet i is XOR-ed with octet i modulo 4 of the key. */
function maskPlainly(payload: Uint8Array, key: number, phase = 0): Uint8Array {
  return payload.map((byte, i) => byte ^ (key >>> (24 - 8 * ((i + phase) % 4))));
}

/** Bytes at a chosen alignment, with a margin on both sides that must stay. */
function place(payload: Uint8Array, alignment: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(payload.length + 32), 0).fill(0xa5);
  bytes.set(payload, 8 + alignment);
  return bytes;
}

const key = fc.integer({ min: 0, max: 0xffffffff });

Deno.test("applyMask() unmasks the example of RFC 6455 §5.7", () => {
  const payload = Uint8Array.of(0x7f, 0x9f, 0x4d, 0x51, 0x58);
  applyMask(payload, 0x37fa213d);
  assertEquals(new TextDecoder().decode(payload), "Hello");
});

Deno.test("applyMask() agrees with the definition at every alignment, phase and length", () => {
  const next = random(1);
  for (let length = 0; length < 140; length++) {
    const payload = Uint8Array.from({ length }, () => 256 * next());
    for (let alignment = 0; alignment < 8; alignment++) {
      for (let phase = 0; phase < 5; phase++) {
        const start = 8 + alignment;
        const bytes = place(payload, alignment);
        applyMask(bytes, 0x89abcdef, start, start + length, phase);
        assertEquals(bytes, place(maskPlainly(payload, 0x89abcdef, phase), alignment));
      }
    }
  }
});

Deno.test("applyMask() agrees with the definition for any bytes and key", () => {
  const arbitraries = [
    fc.uint8Array({ maxLength: 600, size: "max" }),
    key,
    fc.nat(7),
    fc.nat(2 ** 20),
    fc.nat(7),
  ] as const;
  fc.assert(fc.property(...arbitraries, (payload, key, alignment, phase, offset) => {
    const whole = new Uint8Array(payload.length + 64);
    const bytes = whole.subarray(offset); // a view that does not begin with its buffer
    bytes.set(payload, alignment);
    applyMask(bytes, key, alignment, alignment + payload.length, phase);
    const masked = bytes.slice(alignment, alignment + payload.length);
    assertEquals(masked, maskPlainly(payload, key, phase));
  }));
});

Deno.test("applyMask() agrees with the definition for long payloads", () => {
  const next = random(2);
  for (let i = 0; i < 50; i++) {
    const length = 4_000 + Math.floor(200 * next());
    const payload = Uint8Array.from({ length }, () => 256 * next());
    const key = Math.floor(2 ** 32 * next());
    const bytes = place(payload, i % 8);
    applyMask(bytes, key, 8 + i % 8, 8 + i % 8 + length, i % 5);
    assertEquals(bytes, place(maskPlainly(payload, key, i % 5), i % 8));
  }
});

Deno.test("maskBinary() does what applyMask() does", () => {
  const next = random(3);
  for (let i = 0; i < 400; i++) {
    const length = i < 200 ? i : 4_000 + Math.floor(200 * next());
    const payload = Uint8Array.from({ length }, () => 256 * next());
    const key = i % 10 === 0 ? 0 : Math.floor(2 ** 32 * next());
    const [bytes, expected] = [place(payload, i % 8), place(payload, i % 8)];
    maskBinary(bytes, key, 8 + i % 8, 8 + i % 8 + length, i % 5);
    applyMask(expected, key, 8 + i % 8, 8 + i % 8 + length, i % 5);
    assertEquals(bytes, expected);
  }
});

Deno.test("applyMask() in pieces is applyMask() at once", () => {
  const cuts = fc.array(fc.nat(300), { maxLength: 6, size: "max" });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600, size: "max" }), key, cuts, (payload, key, cuts) => {
      const pieces = payload.slice();
      let at = 0;
      for (const size of [...cuts, payload.length]) {
        const end = Math.min(at + size, payload.length);
        applyMask(pieces, key, at, end, at);
        at = end;
      }
      applyMask(payload, key);
      assertEquals(pieces, payload);
    }),
  );
});

Deno.test("applyMask() twice gives the bytes back", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600, size: "max" }), key, (payload, key) => {
    const twice = payload.slice();
    applyMask(twice, key);
    applyMask(twice, key);
    assertEquals(twice, payload);
  }));
});

Deno.test("applyMask() tells whether all bytes are ASCII", () => {
  for (const length of [1, 3, 5, 100, 127, 128, 129, 130, 131, 200, 4_120]) {
    for (let alignment = 0; alignment < 8; alignment++) {
      for (let odd = -1; odd < length; odd += length > 4_096 ? 97 : 1) {
        const payload = new Uint8Array(length).fill(0x7f);
        if (odd >= 0) payload[odd] = 0x80;
        const masked = place(maskPlainly(payload, 0xfedcba98), alignment);
        const seen = applyMask(masked, 0xfedcba98, 8 + alignment, 8 + alignment + length);
        assertEquals((seen & 0x80) === 0, odd < 0, `${length} ${alignment} ${odd}`);
      }
    }
  }
});

Deno.test("hostile 64: applyMask() with a key of zeros changes nothing", () => {
  const payload = Uint8Array.from({ length: 300 }, (_, i) => i);
  const masked = payload.slice();
  applyMask(masked, 0);
  assertEquals(masked, payload);
});
