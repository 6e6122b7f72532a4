import { assert, assertEquals, assertThrows } from "@std/assert";
import { HandshakeError } from "../../protocol/errors.ts";
import { HeadScanner } from "../../protocol/head_scanner.ts";
import { encodeLatin1 } from "../../protocol/latin1.ts";
import {
  assertRequestRefused,
  assertResponseRefused,
  headLimits,
  headText,
  parseRequest,
} from "../support/heads.ts";
import { forEachSplit } from "../support/splits.ts";

const start = "GET / HTTP/1.1\r\nHost: a\r\n";

/** Asserts that a head with one more line is refused. */
function assertLineRefused(line: string, status = 400): void {
  assertRequestRefused(`${start}${line}\r\n\r\n`, status);
}

/** A request whose field lines, ends included, have a certain size. */
function headOfSize(size: number, longest = 8000): string {
  const lines = ["Host: a"];
  for (let left = size - 9; left > 0;) {
    const length = left <= longest ? left : Math.min(longest, left - 4);
    lines.push("x:".padEnd(length - 2, "y"));
    left -= length;
  }
  return `GET / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

Deno.test("HeadScanner gives the first line and the fields of a head in any pieces", () => {
  const text = "first line\r\nA:\r\nb: \t c d \t\r\nA:e:f\r\n\r\n";
  forEachSplit(encodeLatin1(text + "rest"), (chunks, how) => {
    const scanner = new HeadScanner("request", headLimits);
    let taken = 0;
    for (const chunk of chunks) taken += scanner.push(chunk);
    assert(scanner.complete, how);
    assertEquals(taken, text.length, how);
    assertEquals(scanner.firstLine, "first line", how);
    assertEquals([...scanner.fields()], [["a", ""], ["b", "c d"], ["a", "e:f"]], how);
  });
});

Deno.test("HeadScanner is not complete before its last byte", () => {
  const bytes = encodeLatin1(`${start}\r\n`);
  const scanner = new HeadScanner("request", headLimits);
  for (const byte of bytes) {
    assert(!scanner.complete);
    assertEquals(scanner.push(Uint8Array.of(byte)), 1);
  }
  assert(scanner.complete);
  assertEquals(scanner.push(bytes), 0);
});

Deno.test("HeadScanner takes an empty chunk for nothing", () => {
  const scanner = new HeadScanner("request", headLimits);
  assertEquals(scanner.push(new Uint8Array(0)), 0);
  assert(!scanner.complete);
});

Deno.test("HeadScanner.reset() makes ready for a pipelined head, also after an error", () => {
  const scanner = new HeadScanner("request", headLimits);
  scanner.push(encodeLatin1("half a he"));
  scanner.reset();
  scanner.push(encodeLatin1("\r\n"));
  assertThrows(() => scanner.push(encodeLatin1("one\r\nb\xe9: c\r\n\r\n")), HandshakeError);
  scanner.reset();
  scanner.push(encodeLatin1("\r\ntwo\r\na: b\r\n\r\n"));
  assertEquals(scanner.firstLine, "two");
  assertEquals([...scanner.fields()], [["a", "b"]]);
});

Deno.test("HeadScanner passes over one empty line before a request", () => {
  assertEquals(parseRequest(`\r\n${start}\r\n`, "rest").target, "/");
  assertRequestRefused(`\r\n\r\n${start}\r\n`, 400);
  assertRequestRefused(`\r\r\n${start}\r\n`, 400);
});

Deno.test("HeadScanner passes over no empty line before a response", () => {
  assertResponseRefused("\r\nHTTP/1.1 101 \r\n\r\n");
});

Deno.test("hostile 16: HeadScanner refuses a bare LF", () => {
  assertRequestRefused("GET / HTTP/1.1\nHost: a\r\n\r\n", 400);
  assertRequestRefused("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  assertLineRefused("x: y\nz: w");
  assertRequestRefused(`${start}\n`, 400);
  assertRequestRefused(`${start}\r\r\n`, 400);
});

Deno.test("hostile 16: HeadScanner refuses a bare CR", () => {
  assertRequestRefused("GET / HTTP/1.1\rHost: a\r\n\r\n", 400);
  assertLineRefused("x: y\rz");
  assertLineRefused("x\r: y");
});

Deno.test("hostile 16: HeadScanner refuses folded lines", () => {
  assertLineRefused("x: y\r\n z");
  assertLineRefused("\tx: y");
  assertResponseRefused("HTTP/1.1 101 \r\nx: y\r\n z\r\n\r\n");
});

Deno.test("hostile 16: HeadScanner refuses names that are no tokens", () => {
  for (const line of ["x : y", "x\t: y", ": y", "x", "x y: z", "x(: y", "\xe9: y", '"x": y']) {
    assertLineRefused(line);
  }
});

Deno.test("hostile 16: HeadScanner refuses each control character wherever it stands", () => {
  for (let code = 0; code < 0x80; code++) {
    const char = String.fromCharCode(code);
    if ((code >= 0x20 && code !== 0x7f) || "\t\r".includes(char)) continue;
    for (const line of [`x: ${char}`, `x: y${char}`, `x${char}: y`, `${char}x: y`]) {
      const scanner = new HeadScanner("request", headLimits);
      const error = assertThrows(() => scanner.push(encodeLatin1(start + line)), HandshakeError);
      assertEquals(error.status, 400, JSON.stringify(line));
    }
  }
});

Deno.test("hostile 17: HeadScanner gives bytes from 0x80 on as Latin-1", () => {
  const value = String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 0x80 + i));
  const { fields } = parseRequest(headText("GET / HTTP/1.1", [["Host", "a"], ["x", value]]));
  assertEquals(fields.get("x"), value);
});

Deno.test("hostile 8: HeadScanner refuses a request line over its limit with 414", () => {
  const limits = { ...headLimits, maxRequestLine: 20 };
  const target = "/".padEnd(7, "a"); // "GET " + 7 + " HTTP/1.1" are 20 bytes
  assertEquals(
    parseRequest(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, "", limits).target,
    target,
  );
  assertRequestRefused(`GET ${target}a HTTP/1.1\r\nHost: a\r\n\r\n`, 414, limits);
  assertRequestRefused("GET /".padEnd(8193, "a"), 414);
});

Deno.test("hostile 9: HeadScanner takes a field line as long as maxHeaderSize lets it be", () => {
  const limit = headLimits.maxHeaderSize - "Host: a\r\n".length - "\r\n".length;
  assertEquals(parseRequest(`${start}${"x:".padEnd(limit, "y")}\r\n\r\n`).fields.size, 2);
  assertLineRefused("x:".padEnd(limit + 1, "y"), 431);
  assertLineRefused("x".repeat(limit + 1), 431);
});

Deno.test("hostile 9: HeadScanner refuses fields over maxHeaderSize with 431", () => {
  const head = headOfSize(headLimits.maxHeaderSize);
  assertEquals(parseRequest(head).fields.get("host"), "a");
  assertRequestRefused(headOfSize(headLimits.maxHeaderSize + 1), 431);
  assertRequestRefused(headOfSize(headLimits.maxHeaderSize + 4), 431);
  const limits = { ...headLimits, maxHeaderSize: 9 };
  assertEquals(parseRequest(`${start}\r\n`, "", limits).fields.size, 1);
  assertRequestRefused(`${start}x:\r\n\r\n`, 431, limits);
  assertRequestRefused(`${start}\r\n`, 431, { ...headLimits, maxHeaderSize: 8 });
  assertRequestRefused(`${start}\r\n`, 431, { ...headLimits, maxHeaderSize: 0 });
});

Deno.test("hostile 10: HeadScanner refuses more than maxHeaders fields with 431", () => {
  const more = "x:\r\n".repeat(headLimits.maxHeaders - 1);
  assertEquals(parseRequest(`${start}${more}\r\n`).fields.size, headLimits.maxHeaders);
  assertRequestRefused(`${start}${more}x:\r\n\r\n`, 431);
});

Deno.test("hostile 9: HeadScanner needs no further byte to refuse what is too large", () => {
  const tooLarge = ["GET /".padEnd(8193, "a"), `${start}x:`.padEnd(start.length + 16_374, "a")];
  for (const text of tooLarge) {
    const bytes = encodeLatin1(text);
    const scanner = new HeadScanner("request", headLimits);
    assertEquals(scanner.push(bytes.subarray(0, -1)), bytes.length - 1);
    assertThrows(() => scanner.push(bytes.subarray(-1)), HandshakeError);
  }
});

Deno.test("hostile 11: HeadScanner cuts an endless field off at its limit", () => {
  const scanner = new HeadScanner("request", headLimits);
  scanner.push(encodeLatin1(`${start}x:`));
  const byte = encodeLatin1("y");
  let pushed = 0;
  const error = assertThrows(() => {
    for (; pushed < 20_000_000; pushed++) scanner.push(byte);
  }, HandshakeError);
  assertEquals(error.status, 431);
  assertEquals(pushed, 16_371);
});

Deno.test("hostile 11: HeadScanner takes time in proportion to the bytes, pushed one by one", () => {
  const limits = { maxRequestLine: 8192, maxHeaderSize: 4_000_000, maxHeaders: 1_000_000 };
  const bytes = encodeLatin1(headOfSize(2_000_000));
  const scanner = new HeadScanner("request", limits);
  const began = performance.now();
  for (let at = 0; at < bytes.length; at++) scanner.push(bytes.subarray(at, at + 1));
  // Going back over what was seen would cost 10^12 steps, many minutes; this takes about 0.2 s.
  assert(performance.now() - began < 10_000);
  assert(scanner.complete);
});

Deno.test("HeadScanner reads trailers without a first line, and keeps nothing of them", () => {
  for (const text of ["\r\n", "a: b\r\n\r\n", "a: b\r\nc:\r\n\r\n"]) {
    const scanner = new HeadScanner("trailers", headLimits);
    for (let round = 0; round < 2; round++) {
      forEachSplit(encodeLatin1(`${text}rest`), (chunks, how) => {
        scanner.reset();
        let taken = 0;
        for (const chunk of chunks) taken += scanner.push(chunk);
        assertEquals([scanner.complete, taken, scanner.heldBytes], [true, text.length, 0], how);
      });
    }
  }
  const scanner = new HeadScanner("trailers", headLimits);
  const error = assertThrows(() => scanner.push(encodeLatin1("GET / HTTP")), HandshakeError);
  assertEquals(error.status, 400);
});
