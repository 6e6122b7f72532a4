/** Close codes, and the payload of a Close frame in both directions. RFC 6455 §5.5.1, §7.4. */

import { ProtocolError } from "./errors.ts";
import { isUtf8 } from "./utf8.ts";

/**
 * Close codes. RFC 6455 §7.4.1 and the IANA registry,
 * https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number.
 * 1004 is reserved; 1005, 1006 and 1015 are never on the wire.
 *
 * @example A code by its name
 * ```ts
 * import { CloseCode } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(CloseCode.ServiceRestart, 1012);
 * ```
 */
export const CloseCode = {
  Normal: 1000,
  GoingAway: 1001,
  ProtocolError: 1002,
  UnsupportedData: 1003,
  /** Local only: a Close frame without a code was received. */
  NoStatus: 1005,
  /** Local only: the connection ended without a Close frame. */
  Abnormal: 1006,
  InvalidPayload: 1007,
  PolicyViolation: 1008,
  MessageTooBig: 1009,
  MandatoryExtension: 1010,
  InternalError: 1011,
  ServiceRestart: 1012,
  TryAgainLater: 1013,
  BadGateway: 1014,
} as const;

/** A close code with a name; applications may use any code from 3000 to 4999 besides. */
export type CloseCode = typeof CloseCode[keyof typeof CloseCode];

/**
 * The content of a Close frame: its code and reason; 1005 and the empty string where it had no
 * payload.
 */
export interface Close {
  /** Close code. */
  readonly code: number;
  /** Close reason, at most 123 bytes of UTF-8. */
  readonly reason: string;
}

/** RFC 6455 §5.5: a control frame holds 125 bytes, two of which are the code. */
const maxReasonSize = 123;

const none = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Tells whether a code may stand in a Close frame. RFC 6455 §7.4.1 and §7.4.2, and the IANA
 * registry for 1012 to 1014. Codes that are not registered yet are refused.
 *
 * @param code The code to check.
 * @returns `true` for 1000-1003, 1007-1014 and 3000-4999.
 *
 * @example Codes on the wire
 * ```ts
 * import { isCloseCode } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(isCloseCode(4401));
 * assert(!isCloseCode(1006));
 * ```
 */
export function isCloseCode(code: number): boolean {
  return Number.isInteger(code) &&
    ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
      (code >= 3000 && code <= 4999));
}

/**
 * Reads the payload of a Close frame.
 *
 * @param payload The unmasked payload.
 * @returns Its code and reason; 1005 where it is empty.
 * @throws {ProtocolError} The payload has one byte, a code that may not be sent, or a reason that
 * is not UTF-8.
 *
 * @example An empty payload
 * ```ts
 * import { parseClosePayload } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseClosePayload(new Uint8Array(0)), { code: 1005, reason: "" });
 * ```
 */
export function parseClosePayload(payload: Uint8Array): Close {
  if (payload.length === 0) return { code: CloseCode.NoStatus, reason: "" };
  // RFC 6455 §5.5.1: where there is a payload, its first two bytes are the code.
  if (payload.length === 1) {
    throw new ProtocolError("PROTOCOL_ERROR", "Close frame has a payload of one byte");
  }
  const code = (payload[0]! << 8) | payload[1]!;
  if (!isCloseCode(code)) {
    throw new ProtocolError("PROTOCOL_ERROR", `Close code ${code} is not allowed`);
  }
  if (payload.length === 2) return { code, reason: "" };
  const reason = payload.subarray(2);
  if (!isUtf8(reason)) {
    throw new ProtocolError("INVALID_PAYLOAD", "Close reason is not valid UTF-8");
  }
  return { code, reason: decoder.decode(reason) };
}

/**
 * Writes the payload of a Close frame.
 *
 * @param code Close code; without one the payload is empty.
 * @param reason Close reason, at most 123 bytes of UTF-8.
 * @returns The payload.
 * @throws {RangeError} The code may not be sent, or the reason is too long.
 * @throws {TypeError} The reason is not a string, has a lone surrogate, or stands without a code.
 *
 * @example Closing for a restart
 * ```ts
 * import { encodeClosePayload, parseClosePayload } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = encodeClosePayload(1012, "Server shutting down");
 * assertEquals(parseClosePayload(payload), { code: 1012, reason: "Server shutting down" });
 * ```
 */
export function encodeClosePayload(code?: number, reason = ""): Uint8Array<ArrayBuffer> {
  if (typeof reason !== "string" || !reason.isWellFormed()) {
    throw new TypeError("Cannot close with this reason: it is not a well-formed string");
  }
  if (code === undefined) {
    if (reason !== "") throw new TypeError("Cannot close with a reason: a code is missing");
    return new Uint8Array(0);
  }
  if (!isCloseCode(code)) {
    throw new RangeError(`Cannot close with this code: current value is ${code}`);
  }
  const text = reason === "" ? none : encoder.encode(reason);
  if (text.length > maxReasonSize) {
    throw new RangeError(
      `Cannot close with a reason over ${maxReasonSize} bytes: current size is ${text.length}`,
    );
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}
