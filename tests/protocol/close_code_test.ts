/** Close codes and the payload of Close frames. */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  CloseCode,
  encodeClosePayload,
  isCloseCode,
  parseClosePayload,
} from "../../protocol/close_code.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { concat } from "../support/bytes.ts";
import { closePayload } from "../support/frames.ts";
import { hex } from "../support/splits.ts";

function isOnTheWire(code: number): boolean {
  const named: readonly number[] = [
    ...[1000, 1001, 1002, 1003],
    ...[1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014],
  ];
  return named.includes(code) || (code >= 3000 && code <= 4999);
}

Deno.test("isCloseCode() knows every 16-bit code", () => {
  for (let code = 0; code < 0x10000; code++) {
    assertEquals(isCloseCode(code), isOnTheWire(code), `${code}`);
  }
});

Deno.test("isCloseCode() refuses what is no integer", () => {
  for (const code of [1000.5, 3000.5, NaN, Infinity, -1000, 1000 + 0x10000]) {
    assertEquals(isCloseCode(code), false, `${code}`);
  }
});

Deno.test("CloseCode names two local codes, and none that is reserved", () => {
  const local = Object.values(CloseCode).filter((code) => !isCloseCode(code));
  assertEquals(local, [CloseCode.NoStatus, CloseCode.Abnormal]);
});

Deno.test("encodeClosePayload() writes what parseClosePayload() reads", () => {
  const table = [
    [1000, "", "03e8"],
    [1001, "bye", "03e9 627965"],
    [4999, "€", "1387 e282ac"],
    [3000, "\ufeffx", "0bb8 efbbbf 78"],
  ] as const;
  for (const [code, reason, bytes] of table) {
    assertEquals(encodeClosePayload(code, reason), hex(bytes));
    assertEquals(parseClosePayload(hex(bytes)), { code, reason });
  }
});

Deno.test("encodeClosePayload() and parseClosePayload() are inverse", () => {
  const codes = fc.integer({ min: 0, max: 0xffff }).filter(isOnTheWire);
  const reasons = fc.string({ unit: "binary", maxLength: 30, size: "max" });
  fc.assert(fc.property(codes, reasons, (code, reason) => {
    assertEquals(parseClosePayload(encodeClosePayload(code, reason)), { code, reason });
  }));
});

Deno.test("encodeClosePayload() without a code is empty, which reads as 1005", () => {
  assertEquals(encodeClosePayload(), new Uint8Array(0));
  assertEquals(parseClosePayload(new Uint8Array(0)), { code: 1005, reason: "" });
});

Deno.test("encodeClosePayload() fills a control frame to its end", () => {
  assertEquals(encodeClosePayload(1000, "x".repeat(123)).length, 125);
  assertEquals(encodeClosePayload(1000, "€".repeat(41)).length, 125);
});

Deno.test("hostile 73: encodeClosePayload() refuses bad codes and reasons", () => {
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65536, 1000.5, NaN]) {
    assertThrows(() => encodeClosePayload(code), RangeError, `current value is ${code}`);
  }
  assertThrows(() => encodeClosePayload(1000, "x".repeat(124)), RangeError, "124");
  assertThrows(() => encodeClosePayload(1000, "€".repeat(42)), RangeError, "126");
  assertThrows(() => encodeClosePayload(1000, "\ud800"), TypeError);
  assertThrows(() => encodeClosePayload(undefined, "why"), TypeError);
  const notText = new Float32Array(20) as unknown as string;
  assertThrows(() => encodeClosePayload(1000, notText), TypeError);
});

Deno.test("hostile 66: parseClosePayload() refuses a payload of one byte", () => {
  assertThrows(() => parseClosePayload(hex("03")), ProtocolError, "one byte");
});

Deno.test("hostile 67: parseClosePayload() refuses every code that may not be sent", () => {
  for (let code = 0; code < 0x10000; code++) {
    if (isOnTheWire(code)) {
      assertEquals(parseClosePayload(closePayload(code)), { code, reason: "" });
    } else {
      const error = assertThrows(() => parseClosePayload(closePayload(code)), ProtocolError);
      assertEquals(error.closeCode, 1002, `${code}`);
    }
  }
});

Deno.test("hostile 68: parseClosePayload() refuses a reason that is not UTF-8", () => {
  for (const reason of ["ff", "e282", "c0af", "eda080", "f4908080", "61 80"]) {
    const payload = concat([hex("03e8"), hex(reason)]);
    const error = assertThrows(() => parseClosePayload(payload), ProtocolError);
    assertEquals(error.closeCode, 1007, reason);
  }
});
