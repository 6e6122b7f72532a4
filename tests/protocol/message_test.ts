/** Joining frames: limits exactly at the bound and one over, UTF-8 as it arrives, inflating. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Deflater, Inflater } from "../../protocol/deflate.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { FrameHeader } from "../../protocol/frame.ts";
import { MessageAssembler } from "../../protocol/message.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { hex } from "../support/splits.ts";

const mebibyte = 1_048_576;
const standAlone = { windowBits: 15, noContextTakeover: true };

function makeAssembler(maxMessageSize = mebibyte, maxFragments = 16_384): MessageAssembler {
  return new MessageAssembler({ maxMessageSize, maxFragments }, new Inflater(standAlone));
}

function headerOf(opcode: number, payloadLength: number, fin: boolean, rsv1 = false): FrameHeader {
  const header = new FrameHeader(opcode, payloadLength);
  header.fin = fin;
  header.rsv1 = rsv1;
  return header;
}

/** The bytes OR-ed together, with other bits set besides, as applyMask() may return them. */
function seenIn(bytes: Uint8Array): number {
  return bytes.reduce((seen, byte) => seen | byte, 0xffffff00 | 0);
}

/** Gives the parts as frames of one message. */
function assemble(
  assembler: MessageAssembler,
  opcode: number,
  parts: readonly Uint8Array[],
  rsv1 = false,
): string | Uint8Array | undefined {
  let message: string | Uint8Array | undefined;
  parts.forEach((part, i) => {
    const first = i === 0;
    const fin = i === parts.length - 1;
    const header = headerOf(first ? opcode : 0, part.length, fin, first && rsv1);
    assembler.startFrame(header);
    assembler.push(part, 0, part.length, seenIn(part));
    message = assembler.endFrame();
    assertEquals(message === undefined, !fin);
  });
  return message;
}

function assertRefused(run: () => void, code: ProtocolError["code"], part: string): void {
  const error = assertThrows(run, ProtocolError, part);
  assertEquals(error.code, code);
}

/** Parts that a message is cut into. */
const parts = fc.array(fc.uint8Array({ maxLength: 400, size: "max" }), {
  minLength: 1,
  maxLength: 6,
  size: "max",
});

Deno.test("MessageAssembler joins binary frames", () => {
  const assembler = makeAssembler();
  fc.assert(fc.property(parts, (parts) => {
    assertEquals(assemble(assembler, Opcode.Binary, parts), concat(parts));
    assert(!assembler.unfinished);
  }));
});

Deno.test("MessageAssembler joins text cut anywhere, inside code points too", () => {
  const text = fc.string({ unit: "binary", maxLength: 300, size: "max" });
  const cuts = fc.array(fc.nat(300), { maxLength: 5, size: "max" });
  const assembler = makeAssembler();
  fc.assert(fc.property(text, cuts, (text, cuts) => {
    assertEquals(assemble(assembler, Opcode.Text, cutAt(utf8(text), cuts)), text);
  }));
});

function cutAt(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  let at = 0;
  return [...sizes, bytes.length].map((size) => bytes.slice(at, at += size));
}

Deno.test("hostile 63: MessageAssembler delivers empty messages", () => {
  const assembler = makeAssembler();
  const empty = new Uint8Array(0);
  for (const parts of [[empty], [empty, empty, empty]]) {
    assertEquals(assemble(assembler, Opcode.Text, parts), "");
    assertEquals(assemble(assembler, Opcode.Binary, parts), empty);
  }
});

Deno.test("MessageAssembler hands over a buffer of its own for each message", () => {
  const assembler = makeAssembler();
  const first = assemble(assembler, Opcode.Binary, [Uint8Array.of(1)]) as Uint8Array;
  assemble(assembler, Opcode.Binary, [Uint8Array.of(2)]);
  assertEquals(first, Uint8Array.of(1));
});

Deno.test("MessageAssembler hands over no more memory than the message has", () => {
  const assembler = makeAssembler();
  for (const sizes of [[10], [100, 10], [100, 500], [3000], [300, 0]]) {
    const message = assemble(assembler, Opcode.Binary, sizes.map((size) => new Uint8Array(size)));
    const { buffer, length } = message as Uint8Array;
    assertEquals(buffer.byteLength, length, `${sizes}`);
  }
});

Deno.test("hostile 50: MessageAssembler refuses a continuation without a start", () => {
  const assembler = makeAssembler();
  const run = () => assembler.startFrame(headerOf(Opcode.Continuation, 1, true));
  assertRefused(run, "PROTOCOL_ERROR", "without a message");
  assemble(makeAssembler(), Opcode.Text, [utf8("a"), utf8("b")]);
  assertRefused(run, "PROTOCOL_ERROR", "without a message");
});

Deno.test("hostile 51: MessageAssembler refuses a message inside another", () => {
  for (const opcode of [Opcode.Text, Opcode.Binary]) {
    const assembler = makeAssembler();
    assembler.startFrame(headerOf(Opcode.Text, 0, false));
    assembler.endFrame();
    assert(assembler.unfinished);
    const run = () => assembler.startFrame(headerOf(opcode, 0, true));
    assertRefused(run, "PROTOCOL_ERROR", "inside an unfinished one");
  }
});

Deno.test("hostile 48: MessageAssembler refuses a declared length and reserves nothing", () => {
  for (const length of [mebibyte + 1, 2 ** 32, 2 ** 53, 2 ** 63]) {
    const assembler = makeAssembler();
    const run = () => assembler.startFrame(headerOf(Opcode.Binary, length, true));
    assertRefused(run, "MESSAGE_TOO_BIG", "1048576");
    assertEquals(assembler.heldBytes, 128);
  }
  const assembler = makeAssembler();
  assembler.startFrame(headerOf(Opcode.Binary, mebibyte, true));
  assertEquals(assembler.heldBytes, 128);
});

Deno.test("hostile 49: MessageAssembler counts the sum over fragments", () => {
  const at = [new Uint8Array(60), new Uint8Array(0), new Uint8Array(40)];
  assertEquals(assemble(makeAssembler(100), Opcode.Binary, at), new Uint8Array(100));
  const over = [new Uint8Array(60), new Uint8Array(41)];
  const run = () => assemble(makeAssembler(100), Opcode.Binary, over);
  assertRefused(run, "MESSAGE_TOO_BIG", "100");
});

Deno.test("hostile 55: MessageAssembler takes maxFragments and no more", () => {
  const one = Uint8Array.of(0x61);
  const at = assemble(makeAssembler(mebibyte, 5), Opcode.Text, new Array(5).fill(one));
  assertEquals(at, "aaaaa");
  const run = () => assemble(makeAssembler(mebibyte, 5), Opcode.Text, new Array(6).fill(one));
  assertRefused(run, "POLICY_VIOLATION", "too many fragments");
});

Deno.test("hostile 55: MessageAssembler charges fragments against twice the largest message", () => {
  // 16 are free; 8 more at 128 bytes each are 1024, twice 512.
  const empty = new Uint8Array(0);
  assertEquals(assemble(makeAssembler(512), Opcode.Text, new Array(24).fill(empty)), "");
  const run = () => assemble(makeAssembler(512), Opcode.Text, new Array(25).fill(empty));
  assertRefused(run, "POLICY_VIOLATION", "too many fragments");
});

Deno.test("MessageAssembler begins to count anew with each message", () => {
  const assembler = makeAssembler(100, 2);
  for (let i = 0; i < 5; i++) {
    const parts = [new Uint8Array(60), new Uint8Array(40)];
    assertEquals(assemble(assembler, Opcode.Binary, parts), new Uint8Array(100));
  }
});

Deno.test("MessageAssembler.heldBytes follows what has arrived, four- or sixteenfold at most", () => {
  const assembler = makeAssembler();
  assembler.startFrame(headerOf(Opcode.Binary, mebibyte, false));
  let reserved = 0;
  let last = 0;
  for (let size = 1000; size <= mebibyte; size += 1000) {
    assembler.push(new Uint8Array(1000), 0, 1000, 0);
    const held = assembler.heldBytes - 128;
    const most = Math.max(256, (size < 65_536 ? 4 : 16) * size);
    assert(held >= size && held <= most, `${held} for ${size}`);
    if (held !== last) reserved += held;
    last = held;
  }
  assert(reserved < 3 * mebibyte, `${reserved} bytes reserved in all`);
});

Deno.test("MessageAssembler.reset() forgets the message", () => {
  const assembler = makeAssembler();
  assembler.startFrame(headerOf(Opcode.Text, 3, false));
  assembler.push(hex("e282"), 0, 2, 0xff);
  assembler.reset();
  assert(!assembler.unfinished);
  assertEquals(assembler.heldBytes, 0);
  assertEquals(assemble(assembler, Opcode.Text, [utf8("ok")]), "ok");
});

Deno.test("hostile 60: MessageAssembler fails on the first impossible byte of a text", () => {
  const long = utf8("é".repeat(200)); // long enough for masking by words
  for (const good of [utf8(""), utf8("ascii"), utf8("κόσμε"), long]) {
    const assembler = makeAssembler();
    assembler.startFrame(headerOf(Opcode.Text, 1000, false));
    assembler.push(good, 0, good.length, seenIn(good));
    const bad = hex("f490");
    assembler.push(bad, 0, 1, seenIn(bad));
    const run = () => assembler.push(bad, 1, 2, seenIn(bad));
    assertRefused(run, "INVALID_PAYLOAD", "UTF-8");
  }
});

Deno.test("hostile 60: MessageAssembler checks a text whatever else is set in `seen`", () => {
  for (const seen of [0xff, 0x80, -1, -0x80000000 | 0x80, 0x7fffff80]) {
    const assembler = makeAssembler();
    assembler.startFrame(headerOf(Opcode.Text, 1, true));
    assertRefused(() => assembler.push(hex("ff"), 0, 1, seen), "INVALID_PAYLOAD", "UTF-8");
  }
});

Deno.test("hostile 61: MessageAssembler refuses a text that ends inside a code point", () => {
  for (const parts of [[hex("e282")], [hex("e2"), hex("82")], [hex("f09f98"), hex("")]]) {
    const run = () => assemble(makeAssembler(), Opcode.Text, parts);
    assertRefused(run, "INVALID_PAYLOAD", "UTF-8");
  }
});

Deno.test("MessageAssembler does not check binary messages", () => {
  const parts = [hex("ff"), hex("e282")];
  assertEquals(assemble(makeAssembler(), Opcode.Binary, parts), hex("ffe282"));
});

Deno.test("MessageAssembler inflates a message over any fragments", () => {
  const deflater = new Deflater(standAlone);
  const cuts = fc.array(fc.nat(60), { maxLength: 5, size: "max" });
  const text = fc.string({ unit: "binary", maxLength: 300, size: "max" });
  const assembler = makeAssembler();
  fc.assert(fc.property(text, cuts, (text, cuts) => {
    const compressed = deflater.compress(utf8(text)).slice();
    assertEquals(assemble(assembler, Opcode.Text, cutAt(compressed, cuts), true), text);
    assertEquals(assemble(assembler, Opcode.Binary, cutAt(compressed, cuts), true), utf8(text));
  }));
});

Deno.test("MessageAssembler keeps the texts of several connections apart while they inflate", () => {
  const deflater = new Deflater(standAlone);
  for (const length of [10, 4095, 4096, 4097, 20_000]) {
    const texts = ["ab", "cd", "ef"].map((part) => part.repeat(length / 2));
    const payloads = texts.map((text) => deflater.compress(utf8(text)).slice());
    const assemblers = texts.map(() => makeAssembler());
    const push = (index: number, fin: boolean): unknown => {
      const payload = payloads[index]!;
      const half = payload.length >> 1;
      const part = fin ? payload.subarray(half) : payload.subarray(0, half);
      const assembler = assemblers[index]!;
      assembler.startFrame(headerOf(fin ? 0 : Opcode.Text, part.length, fin, !fin));
      assembler.push(part, 0, part.length, 0xff);
      return assembler.endFrame();
    };
    texts.forEach((_, index) => push(index, false));
    assemblers[1]!.reset();
    assertEquals([0, 2].map((index) => push(index, true)), [texts[0], texts[2]]);
  }
});

Deno.test("hostile 78: MessageAssembler stops a bomb at the largest message", () => {
  const bomb = new Deflater(standAlone).compress(new Uint8Array(100_001)).slice();
  const at = assemble(makeAssembler(100_001), Opcode.Binary, [bomb], true);
  assertEquals((at as Uint8Array).length, 100_001);
  const assembler = makeAssembler(100_000);
  const run = () => assemble(assembler, Opcode.Binary, [bomb], true);
  assertRefused(run, "MESSAGE_TOO_BIG", "100000");
});

Deno.test("MessageAssembler allows compressed bytes a little over the largest message", () => {
  // Stored blocks make a message longer, so the declared length alone does not tell.
  const allowed = 800 + 100 + 1024;
  makeAssembler(800).startFrame(headerOf(Opcode.Binary, allowed, true, true));
  const run = () => makeAssembler(800).startFrame(headerOf(Opcode.Binary, allowed + 1, true, true));
  assertRefused(run, "MESSAGE_TOO_BIG", "800");
});

Deno.test("hostile 80: MessageAssembler refuses corrupt compressed data", () => {
  const run = () => assemble(makeAssembler(), Opcode.Text, [hex("ffffffffff")], true);
  assertRefused(run, "INVALID_PAYLOAD", "");
});

Deno.test("MessageAssembler.heldBytes counts the window of an unfinished compressed message", () => {
  const assembler = makeAssembler();
  assembler.startFrame(headerOf(Opcode.Binary, 10, false, true));
  assembler.push(hex("f248"), 0, 2, 0xff);
  assert(assembler.heldBytes > 32_768);
});
