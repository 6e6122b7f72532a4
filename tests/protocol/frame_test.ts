/** Frame headers: parse and encode as a pair, and the checks of a single header. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  checkFrame,
  encodeFrame,
  encodeFrameHeader,
  type Frame,
  FrameHeader,
  frameHeaderLength,
  maxHeaderLength,
  parseFrameHeader,
} from "../../protocol/frame.ts";
import { applyMask } from "../../protocol/mask.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { hex, toHex } from "../support/splits.ts";

/** Parses the hex to the frame and encodes the frame to the hex. */
function assertFrame(frame: Frame, header: string, payload = toHex(frame.payload)): void {
  const bytes = concat([hex(header), hex(payload)]);
  assertEquals(toHex(encodeFrame(frame)), toHex(bytes));
  const parsed = parseFrameHeader(bytes)!;
  assertEquals(parsed, headerOf(frame));
  const rest = bytes.slice(parsed.headerLength);
  applyMask(rest, parsed.maskingKey);
  assertEquals(rest, frame.payload);
}

function headerOf(frame: Frame): FrameHeader {
  const header = new FrameHeader(frame.opcode, frame.payload.length);
  header.fin = frame.fin ?? true;
  header.rsv1 = frame.rsv1 ?? false;
  header.masked = frame.maskingKey !== undefined;
  header.maskingKey = frame.maskingKey ?? 0;
  header.headerLength = frameHeaderLength(frame.payload.length, header.masked);
  return header;
}

Deno.test("encodeFrame() writes the examples of RFC 6455 §5.7", () => {
  const hello = utf8("Hello");
  assertFrame({ opcode: Opcode.Text, payload: hello }, "8105");
  assertFrame(
    { opcode: Opcode.Text, payload: hello, maskingKey: 0x37fa213d },
    "8185 37fa213d",
    "7f9f4d5158",
  );
  assertFrame({ opcode: Opcode.Text, payload: utf8("Hel"), fin: false }, "0103");
  assertFrame({ opcode: Opcode.Continuation, payload: utf8("lo") }, "8002");
  assertFrame({ opcode: Opcode.Ping, payload: hello }, "8905");
  assertFrame(
    { opcode: Opcode.Pong, payload: hello, maskingKey: 0x37fa213d },
    "8a85 37fa213d",
    "7f9f4d5158",
  );
  assertFrame({ opcode: Opcode.Binary, payload: new Uint8Array(256) }, "827e0100");
  assertFrame({ opcode: Opcode.Binary, payload: new Uint8Array(65536) }, "827f0000000000010000");
});

const lengths = [
  [0, "00"],
  [1, "01"],
  [125, "7d"],
  [126, "7e007e"],
  [127, "7e007f"],
  [65535, "7effff"],
  [65536, "7f0000000000010000"],
  [70000, "7f0000000000011170"],
] as const;

for (const [name, opcode] of Object.entries(Opcode)) {
  Deno.test(`parseFrameHeader() reads what encodeFrame() writes (${name})`, () => {
    for (const [length, digits] of lengths) {
      const payload = new Uint8Array(length).fill(0x61);
      const first = `8${opcode.toString(16)}`;
      assertFrame({ opcode, payload }, first + digits);
      const masked = (0x80 | Number.parseInt(digits.slice(0, 2), 16)).toString(16);
      const header = `${first}${masked}${digits.slice(2)}00000000`;
      assertFrame({ opcode, payload, maskingKey: 0 }, header);
    }
  });
}

Deno.test("encodeFrame() masks a copy of the payload", () => {
  const payload = utf8("Hello");
  encodeFrame({ opcode: Opcode.Text, payload, maskingKey: 0x01020304 });
  assertEquals(payload, utf8("Hello"));
});

const headers = fc.record({
  opcode: fc.nat(15),
  payloadLength: fc.oneof(
    fc.nat(130),
    fc.integer({ min: 65_530, max: 65_540 }),
    fc.maxSafeNat(),
  ),
  fin: fc.boolean(),
  rsv1: fc.boolean(),
  key: fc.option(fc.integer({ min: 0, max: 0xffffffff })),
  start: fc.nat(20),
});

Deno.test("parseFrameHeader() and encodeFrameHeader() are inverse", () => {
  fc.assert(
    fc.property(headers, ({ opcode, payloadLength, fin, rsv1, key, start }) => {
      const header = new FrameHeader(opcode, payloadLength);
      header.fin = fin;
      header.rsv1 = rsv1;
      header.masked = key !== null;
      header.maskingKey = key ?? 0;
      const bytes = new Uint8Array(start + maxHeaderLength).fill(0xff);
      const end = encodeFrameHeader(header, bytes, start);
      header.headerLength = end - start;
      assertEquals(parseFrameHeader(bytes, start, end), header);
      assertEquals(end - start, frameHeaderLength(payloadLength, key !== null));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseFrameHeader() waits for a whole header and changes nothing before", () => {
  const table = ["8105", "8185 37fa213d", "827e0100", "82fe0100 37fa213d"];
  table.push("827f0000000000010000", "82ff0000000000010000 37fa213d");
  for (const text of table) {
    const bytes = hex(text);
    const header = new FrameHeader(Opcode.Pong, 7);
    for (let end = 0; end < bytes.length; end++) {
      assertEquals(parseFrameHeader(bytes, 0, end, header), undefined);
      assertEquals(header, new FrameHeader(Opcode.Pong, 7));
    }
    assertStrictEquals(parseFrameHeader(bytes, 0, bytes.length, header), header);
    assertEquals(header.headerLength, bytes.length);
  }
});

Deno.test("parseFrameHeader() overwrites every field of the header it is given", () => {
  const header = parseFrameHeader(hex("7fff 0000000000010000 ffffffff"))!;
  assertEquals(parseFrameHeader(hex("8100"), 0, 2, header), parseFrameHeader(hex("8100")));
});

Deno.test("parseFrameHeader() tells reserved bits 2 and 3", () => {
  for (
    const [first, rsv1, reserved] of [
      ["81", false, false],
      ["c1", true, false],
      ["a1", false, true],
      ["91", false, true],
      ["f1", true, true],
    ]
  ) {
    const header = parseFrameHeader(hex(`${first}00`))!;
    assertEquals([header.rsv1, header.reserved], [rsv1, reserved]);
  }
});

function assertRefused(header: FrameHeader | string, sender: "client" | "server", part: string) {
  const error = assertThrows(
    () => {
      const parsed = typeof header === "string" ? parseFrameHeader(hex(header))! : header;
      checkFrame(parsed, sender, true);
    },
    ProtocolError,
    part,
  );
  assertEquals(error.closeCode, 1002);
}

Deno.test("hostile 46: parseFrameHeader() refuses a length that is not in shortest form", () => {
  for (const length of ["7e0000", "7e0002", "7e007d", "fe0002 00000000"]) {
    assertRefused(`82${length}`, "server", "shortest form");
  }
  for (const length of ["0000", "0002", "007e", "ffff"]) {
    assertRefused(`827f000000000000${length}`, "server", "shortest form");
    assertRefused(`82ff000000000000${length} 00000000`, "client", "shortest form");
  }
});

Deno.test("hostile 47: parseFrameHeader() refuses a 64-bit length with its top bit set", () => {
  for (const length of ["8000000000000000", "8000000000010000", "ffffffffffffffff"]) {
    assertRefused(`827f${length}`, "server", "top bit");
  }
});

Deno.test("hostile 48: parseFrameHeader() reads lengths beyond 2^53 without trouble", () => {
  for (const length of [2 ** 53, 2 ** 60, 2 ** 63 - 1024]) {
    const digits = BigInt(length).toString(16).padStart(16, "0");
    assertEquals(parseFrameHeader(hex(`827f${digits}`))?.payloadLength, length);
  }
  assertEquals(parseFrameHeader(hex("827f7fffffffffffffff"))?.payloadLength, 2 ** 63);
});

Deno.test("hostile 40: checkFrame() refuses a client's frame without a mask", () => {
  assertRefused("8100", "client", "Frame is not masked");
  checkFrame(parseFrameHeader(hex("8180 00000000"))!, "client", false);
});

Deno.test("checkFrame() refuses a server's frame with a mask", () => {
  assertRefused("8180 00000000", "server", "Frame is masked");
  checkFrame(parseFrameHeader(hex("8100"))!, "server", false);
});

Deno.test("hostile 41: checkFrame() refuses reserved bits", () => {
  for (const first of ["a1", "91", "b1", "e1", "a9"]) {
    assertRefused(`${first}00`, "server", "RSV2 or RSV3");
  }
  const compressed = parseFrameHeader(hex("c100"))!;
  assertThrows(
    () => checkFrame(compressed, "server", false),
    ProtocolError,
    "without an extension",
  );
  checkFrame(compressed, "server", true);
});

Deno.test("hostile 42: checkFrame() refuses reserved opcodes", () => {
  for (const opcode of [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf]) {
    assertRefused(new FrameHeader(opcode, 0), "server", `Opcode 0x${opcode.toString(16)}`);
  }
});

Deno.test("hostile 43: checkFrame() refuses a control frame over 125 bytes", () => {
  for (const opcode of [Opcode.Close, Opcode.Ping, Opcode.Pong]) {
    checkFrame(new FrameHeader(opcode, 125), "server", true);
    assertRefused(new FrameHeader(opcode, 126), "server", "longer than 125");
  }
});

Deno.test("hostile 44: checkFrame() refuses a fragmented control frame", () => {
  for (const first of ["08", "09", "0a"]) assertRefused(`${first}00`, "server", "fragmented");
});

Deno.test("hostile 45: checkFrame() refuses RSV1 on control and continuation frames", () => {
  for (const first of ["c8", "c9", "ca", "c0", "40"]) {
    assertRefused(`${first}00`, "server", "starts no message");
  }
});
