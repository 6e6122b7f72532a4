/** Frames as a peer sends them, and the frames in an output. */

import { encodeFrame, type Frame, parseFrameHeader, type Role } from "../../protocol/frame.ts";
import { applyMask } from "../../protocol/mask.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "./bytes.ts";

/** A masking key that tests know. */
export const testKey = 0x37fa213d;

/** The bytes of one frame as `role` receives it: masked when the peer is the client. */
export function frameTo(role: Role, frame: Omit<Frame, "maskingKey">): Uint8Array<ArrayBuffer> {
  return encodeFrame(role === "server" ? { ...frame, maskingKey: testKey } : frame);
}

/** A whole text or binary message in one frame, as `role` receives it. */
export function messageTo(role: Role, data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof data === "string"
    ? frameTo(role, { opcode: Opcode.Text, payload: utf8(data) })
    : frameTo(role, { opcode: Opcode.Binary, payload: data });
}

/** A Close frame as `role` receives it. */
export function closeTo(role: Role, code: number, reason = ""): Uint8Array<ArrayBuffer> {
  return frameTo(role, { opcode: Opcode.Close, payload: closePayload(code, reason) });
}

/** A Close frame's payload, of any code. */
export function closePayload(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  return concat([Uint8Array.of(code >> 8, code & 0xff), utf8(reason)]);
}

/** A frame that was sent, its payload unmasked. */
export interface SentFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly masked: boolean;
  readonly payload: Uint8Array;
}

/** The frames in the output of a protocol. */
export function parseFrames(output: Uint8Array): SentFrame[] {
  const bytes = output.slice();
  const frames: SentFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = parseFrameHeader(bytes, at);
    if (header === undefined) throw new Error("Output ends inside a header");
    const start = at + header.headerLength;
    at = start + header.payloadLength;
    if (at > bytes.length) throw new Error("Output ends inside a payload");
    applyMask(bytes, header.maskingKey, start, at);
    const { opcode, fin, rsv1, masked } = header;
    frames.push({ opcode, fin, rsv1, masked, payload: bytes.slice(start, at) });
  }
  return frames;
}
