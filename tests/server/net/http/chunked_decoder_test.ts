/** Tests of server/net/http/chunked_decoder.ts; each body whole, byte by byte and at random cuts. */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HandshakeError } from "../../../../protocol/errors.ts";
import { decodeLatin1, encodeLatin1 } from "../../../../protocol/latin1.ts";
import { ChunkedDecoder } from "../../../../server/net/http/chunked_decoder.ts";
import { headLimits } from "../../../support/heads.ts";
import { forEachSplit } from "../../../support/splits.ts";

/** Decodes pieces; returns the data, what stood behind the body, and whether it was complete. */
function decode(pieces: Iterable<Uint8Array>): { data: string; behind: string; done: boolean } {
  const decoder = new ChunkedDecoder({ ...headLimits, maxSmallChunks: 1000 });
  let data = "";
  let behind = "";
  for (const piece of pieces) {
    let rest = piece;
    while (rest.length > 0 && !decoder.done) {
      rest = rest.subarray(decoder.push(rest));
      data += decodeLatin1(decoder.data);
    }
    behind += decodeLatin1(rest);
  }
  return { data, behind, done: decoder.done };
}

function assertDecodes(text: string, data: string, behind = ""): void {
  forEachSplit(encodeLatin1(text), (pieces, how) => {
    assertEquals(decode(pieces), { data, behind, done: true }, how);
  });
}

function assertRefused(text: string): void {
  forEachSplit(encodeLatin1(text), (pieces) => {
    const error = assertThrows(() => decode(pieces), HandshakeError);
    assertEquals(error.status, 400);
  });
}

Deno.test("ChunkedDecoder joins chunks and stops behind the last one", () => {
  assertDecodes("5\r\nhello\r\nA\r\n, world...\r\n0\r\n\r\nGET", "hello, world...", "GET");
  assertDecodes("0\r\n\r\n", "");
  assertDecodes("005\r\nhello\r\n000\r\n\r\n", "hello");
});

Deno.test("ChunkedDecoder.push() joins all data of one piece, and touches nothing behind it", () => {
  const decoder = new ChunkedDecoder({ ...headLimits, maxSmallChunks: 10 });
  const long = "b".repeat(100);
  const text = `1\r\na\r\n64\r\n${long}\r\n2;x=y\r\ncd\r\n0\r\n\r\n`;
  const bytes = encodeLatin1(text + "1\r\nGET");
  assertEquals(decoder.push(bytes), text.length);
  assertEquals(decodeLatin1(decoder.data), `a${long}cd`);
  assertEquals(decodeLatin1(bytes.subarray(text.length)), "1\r\nGET");
});

Deno.test("ChunkedDecoder.push() leaves data of a single chunk where it is", () => {
  const bytes = encodeLatin1("5\r\nhello\r\n");
  const decoder = new ChunkedDecoder({ ...headLimits, maxSmallChunks: 1 });
  decoder.push(bytes);
  assertEquals([decoder.data.byteOffset, decodeLatin1(bytes)], [3, "5\r\nhello\r\n"]);
});

Deno.test("ChunkedDecoder passes over extensions and trailers", () => {
  assertDecodes('5;a=b;c="d e"\r\nhello\r\n0;last\r\nX-Sum: 1\r\nY: 2\r\n\r\n', "hello");
});

Deno.test("ChunkedDecoder is not done before the last byte", () => {
  const text = "5\r\nhello\r\n0\r\n\r\n";
  for (let size = 0; size < text.length; size++) {
    assertEquals(decode([encodeLatin1(text.slice(0, size))]).done, false);
  }
});

Deno.test("ChunkedDecoder.push() gives back what chunking has made of any bytes", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 1 })), (parts) => {
    const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${decodeLatin1(part)}\r\n`);
    assertDecodes(chunks.join("") + "0\r\n\r\n", parts.map((part) => decodeLatin1(part)).join(""));
  }));
});

Deno.test("hostile 15: ChunkedDecoder refuses what two readers could read in two ways", () => {
  const bodies = [
    "\r\n",
    "g\r\n",
    "-1\r\n",
    "+5\r\nhello\r\n",
    "0x5\r\nhello\r\n",
    " 5\r\nhello\r\n",
    "5 \r\nhello\r\n",
    "5\t;a\r\nhello\r\n",
    "5;a\x00\r\nhello\r\n",
    "5\r\nhello!\r\n",
    "5\r\nhelloX\n",
    "5\r\nhello0\r\n\r\n",
    "ffffffffffffffff\r\n",
    "1000000000000\r\n",
    "0\r\nX: \x00\r\n\r\n",
  ];
  for (const body of bodies) assertRefused(body);
});

Deno.test("hostile 16: ChunkedDecoder refuses a bare LF and a bare CR", () => {
  for (
    const body of [
      "5\nhello\r\n",
      "5;a\nhello\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\rhello",
      "5;a\rb\r\nhello\r\n",
      "0\r\n\n",
      "0\r\nX: 1\n\r\n",
      "0\r\n\rX",
      "0\r\nX: 1\rY: 2\r\n\r\n",
    ]
  ) assertRefused(body);
});

Deno.test("ChunkedDecoder refuses endless extensions", () => {
  assertThrows(() => decode([encodeLatin1(`5;${"a".repeat(17_000)}`)]), HandshakeError, "too many");
  const small = `1;${"a".repeat(100)}\r\nx\r\n`;
  assertThrows(() => decode([encodeLatin1(small.repeat(200))]), HandshakeError, "too many");
});

Deno.test("hostile 170: ChunkedDecoder refuses trailers that are no field lines", () => {
  const trailers = [
    "GET /smuggled HTTP/1.1\r\nHost: h",
    "no colon",
    ": no name",
    "white space : a",
    " folded: a",
    "a: b\r\n folded",
    "n\xe4me: a",
    "a: \x01",
  ];
  for (const lines of trailers) assertRefused(`0\r\n${lines}\r\n\r\n`);
  assertDecodes("0\r\nContent-Length: 5\r\nX: \xe4 b\t\r\n\r\n", "", "");
});

Deno.test("hostile 170: ChunkedDecoder bounds trailers as the fields of a head", () => {
  const refused = [
    `0\r\n${"a: b\r\n".repeat(headLimits.maxHeaders + 1)}\r\n`,
    `0\r\na: ${"b".repeat(headLimits.maxHeaderSize - 4)}\r\n\r\n`,
    `0\r\n${`a: ${"b".repeat(4000)}\r\n`.repeat(5)}\r\n`,
  ];
  for (const text of refused) {
    forEachSplit(encodeLatin1(text), (pieces) => {
      assertEquals(assertThrows(() => decode(pieces), HandshakeError).status, 431);
    });
  }
  assertDecodes(`0\r\n${"a: b\r\n".repeat(headLimits.maxHeaders)}\r\n`, "");
  assertDecodes(`0\r\na: ${"b".repeat(headLimits.maxHeaderSize - 5)}\r\n\r\n`, "");
});

Deno.test("hostile 129: ChunkedDecoder refuses many small chunks, and takes any number of others", () => {
  for (const size of [1, 127]) {
    const chunk = `${size.toString(16)}\r\n${"a".repeat(size)}\r\n`;
    assertDecodes(chunk.repeat(1000) + "0\r\n\r\n", "a".repeat(1000 * size));
    const bytes = encodeLatin1(chunk.repeat(1001));
    const error = assertThrows(() => decode([bytes]), HandshakeError, "too many small chunks");
    assertEquals(error.status, 413);
  }
  const chunk = `80\r\n${"a".repeat(128)}\r\n`;
  assertDecodes(chunk.repeat(1001) + "0\r\n\r\n", "a".repeat(1001 * 128));
});
