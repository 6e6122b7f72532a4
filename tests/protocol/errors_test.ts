/** The two errors, their codes and what they carry. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { HandshakeError, ProtocolError } from "../../protocol/errors.ts";

Deno.test("ProtocolError carries the close code of its kind", () => {
  const codes = [
    "PROTOCOL_ERROR",
    "INVALID_PAYLOAD",
    "POLICY_VIOLATION",
    "MESSAGE_TOO_BIG",
  ] as const;
  const errors = codes.map((code) => new ProtocolError(code, "Frame is not masked"));
  assertEquals(errors.map((error) => error.closeCode), [1002, 1007, 1008, 1009]);
  assertEquals(errors.map((error) => error.code), [...codes]);
});

Deno.test("ProtocolError is an Error with a name", () => {
  const error = new ProtocolError("PROTOCOL_ERROR", "Frame is not masked");
  assertInstanceOf(error, Error);
  assertEquals(String(error), "ProtocolError: Frame is not masked");
});

Deno.test("HandshakeError carries status and headers", () => {
  const error = new HandshakeError(405, "Method is not GET", { allow: "GET" });
  assertInstanceOf(error, Error);
  assertEquals(String(error), "HandshakeError: Method is not GET");
  assertEquals(error.status, 405);
  assertEquals(error.headers, { allow: "GET" });
  assertEquals(new HandshakeError(400, "Host is missing").headers, {});
});

Deno.test("HandshakeError says whose fault it is", () => {
  assertEquals(new HandshakeError(400, "Host is missing").code, "BAD_REQUEST");
  assertEquals(new HandshakeError(0, "Accept key is wrong").code, "BAD_RESPONSE");
});
