/** Outgoing frames: text encoded in place against the plain encoder, buffers that take turns. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Deflater, Inflater } from "../../protocol/deflate.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { encodeFrame, type Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { FrameOutput, RandomKeys } from "../../protocol/output.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { parseFrames, testKey } from "../support/frames.ts";
import { testRoles } from "../support/roles.ts";

function makeOutput(role: Role): FrameOutput {
  return new FrameOutput(role, () => testKey);
}

/** The frame as {@linkcode encodeFrame} writes it, which is the truth here. */
function plainFrame(role: Role, opcode: Opcode, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeFrame(
    role === "client" ? { opcode, payload, maskingKey: testKey } : {
      opcode,
      payload,
    },
  );
}

testRoles("FrameOutput.append() writes frames one behind the other", (role) => {
  const output = makeOutput(role);
  const table = [
    [Opcode.Binary, 0],
    [Opcode.Binary, 125],
    [Opcode.Ping, 125],
    [Opcode.Binary, 126],
    [Opcode.Binary, 65535],
    [Opcode.Pong, 0],
    [Opcode.Binary, 65536],
    [Opcode.Close, 2],
  ] as const;
  const frames = table.map(([opcode, size]) => {
    const payload = new Uint8Array(size).fill(size);
    output.append(opcode, payload);
    assertEquals(payload, new Uint8Array(size).fill(size));
    return plainFrame(role, opcode, payload);
  });
  assertEquals(output.length, concat(frames).length);
  assertEquals(output.take(), concat(frames));
});

testRoles("FrameOutput.appendText() writes every length in every width of character", (role) => {
  const near = [0, 1, 2, 41, 42, 43, 62, 63, 64, 124, 125, 126, 127, 128];
  const far = [21844, 21845, 21846, 32767, 32768, 65534, 65535, 65536];
  for (const character of ["a", "\u00e9", "\u20ac", "\u{1f600}", "\ud83d", "\ude00"]) {
    for (const count of [...near, ...far]) {
      const text = character.repeat(count);
      const output = makeOutput(role);
      output.append(Opcode.Ping, utf8("before"));
      output.appendText(text);
      output.appendText("after");
      const expected = [
        plainFrame(role, Opcode.Ping, utf8("before")),
        plainFrame(role, Opcode.Text, utf8(text)),
        plainFrame(role, Opcode.Text, utf8("after")),
      ];
      assertSame(output.take(), concat(expected), `${character} x ${count}`);
    }
  }
});

testRoles("FrameOutput.appendText() writes any text like the plain encoder", (role) => {
  const unit = fc.constantFrom("a", "\u00e9", "\u20ac", "\u{1f600}", "\ud83d", "\ude00");
  const texts = fc.array(fc.array(unit, { maxLength: 150, size: "max" }), {
    maxLength: 5,
    size: "max",
  });
  fc.assert(fc.property(texts, (texts) => {
    const output = makeOutput(role);
    const expected = texts.map((units) => {
      output.appendText(units.join(""));
      return plainFrame(role, Opcode.Text, utf8(units.join("")));
    });
    assertSame(output.take(), concat(expected), "");
  }));
});

function assertSame(actual: Uint8Array, expected: Uint8Array, what: string): void {
  // Large arrays are compared by hand: assertEquals would take a second for each.
  assertEquals(actual.length, expected.length, what);
  for (let i = 0; i < actual.length; i++) {
    if (actual[i] !== expected[i]) assertEquals(actual[i], expected[i], `${what}, byte ${i}`);
  }
}

testRoles("FrameOutput.appendCompressed() sets RSV1", (role) => {
  const options = { windowBits: 15, noContextTakeover: true };
  const output = makeOutput(role);
  const payload = utf8("hello hello hello hello");
  output.appendCompressed(Opcode.Text, payload, new Deflater(options));
  output.append(Opcode.Binary, payload);
  const [compressed, plain] = parseFrames(output.take());
  assertEquals([compressed!.rsv1, plain!.rsv1], [true, false]);
  assertEquals([compressed!.masked, plain!.masked], [role === "client", role === "client"]);
  const inflated: Uint8Array[] = [];
  const inflater = new Inflater(options);
  inflater.inflate(compressed!.payload, true, (part) => inflated.push(part.slice()));
  assertEquals(concat(inflated), payload);
});

Deno.test("FrameOutput.appendCompressedText() encodes texts of any length", () => {
  const options = { windowBits: 15, noContextTakeover: true };
  for (const length of [0, 1, 5461, 5462, 20_000]) {
    for (const letter of ["a", "\u20ac"]) {
      const output = makeOutput("server");
      output.appendCompressedText(letter.repeat(length), new Deflater(options));
      const [frame] = parseFrames(output.take());
      const inflated: Uint8Array[] = [];
      new Inflater(options).inflate(frame!.payload, true, (part) => inflated.push(part.slice()));
      assertEquals(new TextDecoder().decode(concat(inflated)), letter.repeat(length));
    }
  }
});

Deno.test("FrameOutput.appendEncoded() copies frames that were made before", () => {
  const output = makeOutput("server");
  const frame = encodeFrame({ opcode: Opcode.Binary, payload: Uint8Array.of(1) });
  output.appendEncoded(frame);
  const expected = frame.slice();
  frame.fill(0);
  assertEquals(output.take(), expected);
});

Deno.test("FrameOutput.take() empties the output", () => {
  const output = makeOutput("server");
  output.appendText("one");
  output.take();
  for (let again = 0; again < 3; again++) {
    assertEquals(output.length, 0);
    assertEquals(output.take(), new Uint8Array(0));
  }
});

Deno.test("FrameOutput.take() gives bytes that stay until the next take", () => {
  const output = makeOutput("server");
  output.appendText("one");
  const first = output.take();
  const copy = first.slice();
  for (let i = 0; i < 100; i++) output.appendText("something else");
  assertEquals(first, copy);
  const second = output.take();
  assertEquals(parseFrames(second).length, 100);
});

Deno.test("FrameOutput keeps two buffers in turn", () => {
  const output = makeOutput("server");
  const buffers = Array.from({ length: 6 }, () => {
    output.appendText("x");
    return output.take().buffer;
  });
  assertEquals(new Set(buffers).size, 2);
});

Deno.test("FrameOutput.take() of nothing leaves the buffer to others", () => {
  const [one, other] = [makeOutput("server"), makeOutput("server")];
  one.append(Opcode.Binary, new Uint8Array(2000));
  const { buffer } = one.take();
  other.append(Opcode.Binary, new Uint8Array(2000));
  assert(other.take().buffer !== buffer);
  assertEquals([one.take().length, other.length], [0, 0]);
  other.append(Opcode.Binary, new Uint8Array(2000));
  assertStrictEquals(other.take().buffer, buffer);
});

Deno.test("FrameOutput begins with a buffer for as much as was taken last", () => {
  const output = makeOutput("server");
  for (const size of [10_000, 10, 10]) {
    output.append(Opcode.Binary, new Uint8Array(size));
    const { buffer } = output.take();
    output.take();
    if (size === 10_000) assertEquals(buffer.byteLength, 16_384);
  }
  output.append(Opcode.Binary, new Uint8Array(10));
  assert(output.take().buffer.byteLength <= 1024);
});

Deno.test("FrameOutput.discard() drops what waits, and leaves what was taken", () => {
  const output = makeOutput("server");
  output.appendText("taken");
  const taken = output.take();
  const copy = taken.slice();
  output.appendText("dropped");
  output.discard();
  assertEquals(output.length, 0);
  output.appendText("later");
  assertEquals(taken, copy);
  assertEquals(output.take(), plainFrame("server", Opcode.Text, utf8("later")));
  output.discard();
});

Deno.test("FrameOutput masks each frame of a client with a fresh key", () => {
  let calls = 0;
  const output = new FrameOutput("client", () => -1 - calls++); // any 32 bits, signed or not
  output.appendText("a");
  output.append(Opcode.Binary, Uint8Array.of(0x61));
  const bytes = output.take();
  assertEquals(bytes.subarray(2, 6), Uint8Array.of(0xff, 0xff, 0xff, 0xff));
  assertEquals(bytes.subarray(9, 13), Uint8Array.of(0xff, 0xff, 0xff, 0xfe));
  assertEquals(parseFrames(bytes).map((frame) => frame.payload[0]), [0x61, 0x61]);
});

Deno.test("FrameOutput draws no key for a server", () => {
  const output = new FrameOutput("server", () => {
    throw new Error("A server does not mask");
  });
  output.appendText("a");
  assertEquals(parseFrames(output.take())[0]!.masked, false);
});

Deno.test("FrameOutput.append() holds control frames to the rules for peers", () => {
  const output = makeOutput("server");
  assertThrows(() => output.append(Opcode.Ping, new Uint8Array(126)), ProtocolError, "125");
  assertEquals(output.length, 0);
  output.append(Opcode.Ping, utf8("fine"));
  assertEquals(output.take(), plainFrame("server", Opcode.Ping, utf8("fine")));
});

Deno.test("RandomKeys.next() gives 32 random bits", () => {
  const keys = new RandomKeys();
  const drawn = Array.from({ length: 600 }, () => keys.next());
  assert(drawn.every((key) => Number.isInteger(key) && key >= 0 && key <= 0xffffffff));
  assert(new Set(drawn).size > 590);
  assertEquals(drawn.reduce((seen, key) => (seen | key) >>> 0, 0), 0xffffffff);
});
