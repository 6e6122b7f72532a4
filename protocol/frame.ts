/** Frame headers of 2 to 14 bytes: parse, check, encode. RFC 6455 §5.2. */

import { ProtocolError } from "./errors.ts";
import { applyMask } from "./mask.ts";
import { isControl, isOpcode, type Opcode } from "./opcode.ts";

/**
 * The end of a connection that a {@linkcode Protocol} is. A client masks its frames, a server must
 * not: RFC 6455 §5.1.
 */
export type Role = "server" | "client";

/**
 * The longest header, in bytes: two, a 64-bit length, a masking key. RFC 6455 §5.2.
 *
 * @example Room for any header
 * ```ts
 * import { encodeFrameHeader, FrameHeader, maxHeaderLength, Opcode } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const header = new FrameHeader(Opcode.Binary, 65_536);
 * header.masked = true;
 * const bytes = new Uint8Array(maxHeaderLength);
 * assertEquals(encodeFrameHeader(header, bytes, 0), bytes.length);
 * ```
 */
export const maxHeaderLength = 14;

/**
 * The longest payload of a control frame, in bytes. RFC 6455 §5.5.
 *
 * @example The longest ping
 * ```ts
 * import { maxControlPayload, Protocol } from "@hawser/ws/protocol";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const server = new Protocol("server", {}, { message() {}, closed() {} });
 * server.ping(new Uint8Array(maxControlPayload));
 * assertEquals(server.outputLength, 127);
 * assertThrows(() => server.ping(new Uint8Array(maxControlPayload + 1)), RangeError);
 * ```
 */
export const maxControlPayload = 125;

/**
 * A frame header. Mutable, so that a connection can parse every header into the same one.
 *
 * @example A header to be sent
 * ```ts
 * import { encodeFrameHeader, FrameHeader, Opcode } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const header = new FrameHeader(Opcode.Text, 5);
 * const bytes = new Uint8Array(14);
 * assertEquals(encodeFrameHeader(header, bytes, 0), 2);
 * assertEquals(bytes.subarray(0, 2), Uint8Array.of(0x81, 0x05));
 * ```
 */
export class FrameHeader {
  /** `true` on the last frame of a message. */
  fin = true;
  /** `true` on the first frame of a compressed message. RFC 7692 §6. */
  rsv1 = false;
  /** Reserved bits 2 and 3, either of them. No extension here uses them. */
  reserved = false;
  /** The kind of the frame; may be a reserved value until {@linkcode checkFrame} has passed. */
  opcode: number;
  /** Whether a masking key follows the length. */
  masked = false;
  /** Masking key, first byte highest; 0 where there is none. */
  maskingKey = 0;
  /** Size of the payload in bytes. */
  payloadLength: number;
  /** Size of the header itself, in bytes, once parsed. */
  headerLength = 0;

  /**
   * Makes the header of an unmasked, uncompressed message of one frame.
   *
   * @param opcode The kind of the frame.
   * @param payloadLength Size of its payload in bytes.
   */
  constructor(opcode: number, payloadLength: number) {
    this.opcode = opcode;
    this.payloadLength = payloadLength;
  }
}

/**
 * Parses the header at the start of some bytes. RFC 6455 §5.2.
 *
 * @param bytes Where the header stands.
 * @param start Its first byte.
 * @param end Where the bytes end that have arrived.
 * @param header Filled and returned; by default a new one.
 * @returns The header, or `undefined` while bytes are missing.
 * @throws {ProtocolError} The length is not in its shortest form, or has the top bit set.
 *
 * @example A masked "Hello" of RFC 6455 §5.7
 * ```ts
 * import { parseFrameHeader } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const header = parseFrameHeader(Uint8Array.of(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d));
 * assertEquals(header?.payloadLength, 5);
 * assertEquals(header?.maskingKey, 0x37fa213d);
 * ```
 */
export function parseFrameHeader(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
  header: FrameHeader = new FrameHeader(0, 0),
): FrameHeader | undefined {
  if (end - start < 2) return undefined;
  const first = bytes[start]!;
  const second = bytes[start + 1]!;
  const short = second & 0x7f;
  const masked = second >= 0x80;
  const lengthEnd = start + (short < 126 ? 2 : short === 126 ? 4 : 10);
  const headerEnd = masked ? lengthEnd + 4 : lengthEnd;
  if (headerEnd > end) return undefined;
  header.fin = first >= 0x80;
  header.rsv1 = (first & 0x40) !== 0;
  header.reserved = (first & 0x30) !== 0;
  header.opcode = first & 0x0f;
  header.masked = masked;
  header.payloadLength = short < 126 ? short : parseLongLength(bytes, start + 2, short);
  header.maskingKey = masked ? parseUint32(bytes, lengthEnd) : 0;
  header.headerLength = headerEnd - start;
  return header;
}

/** RFC 6455 §5.2: the shortest form is required, the top bit of a 64-bit length is 0. */
function parseLongLength(bytes: Uint8Array, at: number, short: number): number {
  if (short === 126) {
    const length = (bytes[at]! << 8) | bytes[at + 1]!;
    if (length < 126) throw new ProtocolError("PROTOCOL_ERROR", "Length is not in shortest form");
    return length;
  }
  if (bytes[at]! >= 0x80) {
    throw new ProtocolError("PROTOCOL_ERROR", "Length has its top bit set");
  }
  // Beyond 2^53 the sum is rounded, which no limit on messages notices.
  const length = parseUint32(bytes, at) * 2 ** 32 + parseUint32(bytes, at + 4);
  if (length < 65_536) throw new ProtocolError("PROTOCOL_ERROR", "Length is not in shortest form");
  return length;
}

function parseUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}

/**
 * Checks what one header can show to be wrong, on the way in and on the way out.
 *
 * @param header The header.
 * @param sender Which end sent it, or is about to.
 * @param compression Whether permessage-deflate was agreed on.
 * @throws {ProtocolError} A rule of RFC 6455 §5 or RFC 7692 §6 is broken.
 *
 * @example An unmasked frame from a client
 * ```ts
 * import { checkFrame, FrameHeader, Opcode, ProtocolError } from "@hawser/ws/protocol";
 * import { assertThrows } from "@std/assert";
 *
 * const header = new FrameHeader(Opcode.Text, 5);
 * assertThrows(() => checkFrame(header, "client", false), ProtocolError, "not masked");
 * ```
 */
export function checkFrame(header: FrameHeader, sender: Role, compression: boolean): void {
  const { opcode } = header;
  // RFC 6455 §5.2: reserved bits are 0 unless an extension gives them a meaning.
  if (header.reserved) throw new ProtocolError("PROTOCOL_ERROR", "RSV2 or RSV3 is set");
  if (!isOpcode(opcode)) {
    throw new ProtocolError("PROTOCOL_ERROR", `Opcode 0x${opcode.toString(16)} is reserved`);
  }
  // RFC 6455 §5.1: a client masks all frames, a server none.
  if (header.masked !== (sender === "client")) {
    throw new ProtocolError("PROTOCOL_ERROR", `Frame is ${header.masked ? "" : "not "}masked`);
  }
  if (header.rsv1) checkCompressed(opcode, compression);
  if (isControl(opcode)) {
    // RFC 6455 §5.5
    if (!header.fin) throw new ProtocolError("PROTOCOL_ERROR", "Control frame is fragmented");
    if (header.payloadLength > maxControlPayload) {
      throw new ProtocolError("PROTOCOL_ERROR", "Control frame is longer than 125 bytes");
    }
  }
}

/** RFC 7692 §6.1: RSV1 marks the first frame of a compressed message, and no other. */
function checkCompressed(opcode: Opcode, compression: boolean): void {
  if (!compression) {
    throw new ProtocolError("PROTOCOL_ERROR", "RSV1 is set without an extension");
  }
  if (isControl(opcode) || opcode === 0) {
    throw new ProtocolError("PROTOCOL_ERROR", "RSV1 is set on a frame that starts no message");
  }
}

/**
 * Tells how long the header of a payload will be.
 *
 * @param payloadLength Size of the payload in bytes.
 * @param masked Whether a masking key follows.
 * @returns 2 to 14 bytes.
 *
 * @example The three forms of a length
 * ```ts
 * import { frameHeaderLength } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([125, 126, 65_536].map((size) => frameHeaderLength(size, false)), [2, 4, 10]);
 * ```
 */
export function frameHeaderLength(payloadLength: number, masked: boolean): number {
  return (payloadLength < 126 ? 2 : payloadLength < 65_536 ? 4 : 10) + (masked ? 4 : 0);
}

/**
 * Writes a header in its shortest form. RFC 6455 §5.2.
 *
 * @param header The header; `headerLength` is not read.
 * @param bytes Where to write, with room for 14 bytes.
 * @param start Where to begin.
 * @returns The index behind the header.
 *
 * @example A length of 16 bits
 * ```ts
 * import { encodeFrameHeader, FrameHeader, Opcode } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Uint8Array(4);
 * encodeFrameHeader(new FrameHeader(Opcode.Binary, 256), bytes, 0);
 * assertEquals(bytes, Uint8Array.of(0x82, 126, 1, 0));
 * ```
 */
export function encodeFrameHeader(header: FrameHeader, bytes: Uint8Array, start: number): number {
  const { payloadLength, maskingKey } = header;
  const mask = header.masked ? 0x80 : 0;
  let at = start;
  bytes[at++] = (header.fin ? 0x80 : 0) | (header.rsv1 ? 0x40 : 0) | header.opcode;
  if (payloadLength < 126) {
    bytes[at++] = mask | payloadLength;
  } else if (payloadLength < 65_536) {
    bytes[at++] = mask | 126;
    bytes[at++] = payloadLength >> 8;
    bytes[at++] = payloadLength & 0xff;
  } else {
    bytes[at++] = mask | 127;
    at = encodeUint32(Math.floor(payloadLength / 2 ** 32), bytes, at);
    at = encodeUint32(payloadLength >>> 0, bytes, at);
  }
  return header.masked ? encodeUint32(maskingKey, bytes, at) : at;
}

function encodeUint32(value: number, bytes: Uint8Array, at: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
  return at + 4;
}

/** A frame as {@linkcode encodeFrame} takes it, be it a legal one or not. */
export interface Frame {
  /** The kind of the frame. */
  opcode: number;
  /** Its payload, unmasked. */
  payload: Uint8Array;
  /** Last frame of its message. @default {true} */
  fin?: boolean;
  /** First frame of a compressed message. @default {false} */
  rsv1?: boolean;
  /** Masking key; without one the frame is not masked. */
  maskingKey?: number;
}

/**
 * Encodes one frame into bytes of its own: for tools and tests, which may break the rules. A
 * connection writes its frames in place instead.
 *
 * @param frame The frame.
 * @returns Header and payload.
 *
 * @example An unmasked "Hello" of RFC 6455 §5.7
 * ```ts
 * import { encodeFrame, Opcode } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = new TextEncoder().encode("Hello");
 * assertEquals(
 *   encodeFrame({ opcode: Opcode.Text, payload }),
 *   Uint8Array.of(0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f),
 * );
 * ```
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const header = new FrameHeader(frame.opcode, frame.payload.length);
  header.fin = frame.fin ?? true;
  header.rsv1 = frame.rsv1 ?? false;
  header.masked = frame.maskingKey !== undefined;
  header.maskingKey = frame.maskingKey ?? 0;
  const length = frameHeaderLength(frame.payload.length, header.masked);
  const bytes = new Uint8Array(length + frame.payload.length);
  encodeFrameHeader(header, bytes, 0);
  bytes.set(frame.payload, length);
  if (header.masked) applyMask(bytes, header.maskingKey, length);
  return bytes;
}
