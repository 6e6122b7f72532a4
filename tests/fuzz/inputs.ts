/** Random bytes, and random changes to bytes that were in order. */

import { encodeFrame, type Frame, type Role } from "../../protocol/frame.ts";
import { Deflater } from "../../protocol/deflate.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { closePayload } from "../support/frames.ts";
import { concat, utf8 } from "../support/bytes.ts";

/** A generator of numbers from 0 to 1, of which 1 never comes. */
export type Random = () => number;

/** An integer from 0 to one below `limit`. */
export function below(limit: number, next: Random): number {
  return Math.floor(next() * limit);
}

/** One of several values. */
export function pick<T>(values: readonly T[], next: Random): T {
  return values[below(values.length, next)]!;
}

/** Random bytes, mostly few. */
export function randomBytes(most: number, next: Random): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: Math.floor(next() ** 3 * most) }, () => below(256, next));
}

const characters = ["a", " ", "é", "€", "\ufeff", "\u{1f600}", "\u{10ffff}", "\0", "\ufffd"];

/** Random text of characters of every width. */
export function randomText(most: number, next: Random): string {
  return Array.from({ length: Math.floor(next() ** 3 * most) }, () => pick(characters, next)).join(
    "",
  );
}

/** Bytes that mean something at the borders of formats. */
const telling = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x3d, 0x5c, 0x7d, 0x7e];
telling.push(0x7f, 0x80, 0x81, 0x82, 0x88, 0x89, 0xbf, 0xc0, 0xc1, 0xe0, 0xed, 0xf4, 0xfe, 0xff);

/** A copy with up to four changes: bits, bytes, pieces that are gone, doubled or moved. */
export function mutate(bytes: Uint8Array, next: Random): Uint8Array<ArrayBuffer> {
  let mutated = bytes.slice();
  for (let changes = below(5, next); changes > 0; changes--) mutated = mutateOnce(mutated, next);
  return mutated;
}

function mutateOnce(bytes: Uint8Array, next: Random): Uint8Array<ArrayBuffer> {
  const at = below(bytes.length + 1, next);
  const end = Math.min(bytes.length, at + 1 + below(8, next));
  const before = bytes.slice(0, at);
  switch (below(6, next)) {
    case 0:
      return bytes.map((byte, i) => i === at ? byte ^ (1 << below(8, next)) : byte);
    case 1:
      return bytes.map((byte, i) => i === at ? pick(telling, next) : byte);
    case 2:
      return concat([before, Uint8Array.of(pick(telling, next)), bytes.subarray(at)]);
    case 3:
      return concat([before, bytes.subarray(end)]);
    case 4:
      return concat([before, bytes.subarray(at, end), bytes.subarray(at)]);
    default:
      return before;
  }
}

/** The bytes in pieces of random sizes. */
export function* cut(bytes: Uint8Array, next: Random): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(next() ** 4 * bytes.length);
    const chunk = bytes.slice(at, at + size);
    yield chunk;
    chunk.fill(0x5a);
    at += size;
  }
}

const lone = new Deflater({ windowBits: 15, noContextTakeover: true });

/** Frames as `role` receives them, nearly all of them in order. */
export function randomFrames(role: Role, compressed: boolean, next: Random): Uint8Array {
  const frames: Uint8Array[] = [];
  let started: number | undefined; // the opcode of an unfinished message
  for (let count = 1 + below(8, next); count > 0; count--) {
    const maskingKey = below(2 ** 32, next);
    let frame = randomControl(next);
    if (next() < 0.7) {
      const opcode = started ?? pick([Opcode.Text, Opcode.Binary], next);
      frame = randomData(opcode, started === undefined, compressed, next);
      started = frame.fin === true ? undefined : opcode;
    }
    frames.push(encodeFrame(role === "server" ? { ...frame, maskingKey } : frame));
  }
  return concat(frames);
}

function randomControl(next: Random): Frame {
  const opcode = pick([Opcode.Ping, Opcode.Pong, Opcode.Ping, Opcode.Pong, Opcode.Close], next);
  if (opcode !== Opcode.Close) return { opcode, payload: randomBytes(127, next) };
  const code = pick([1000, 1001, 1005, 1011, 3000, 4999, below(65_536, next)], next);
  return { opcode, payload: closePayload(code, randomText(30, next)) };
}

/** A frame of a message of this opcode: the first one, or one that goes on. */
function randomData(opcode: number, first: boolean, compressed: boolean, next: Random): Frame {
  const isText = opcode === Opcode.Text;
  const data = isText ? utf8(randomText(800, next)) : randomBytes(2100, next);
  const frame = { opcode: first ? opcode : Opcode.Continuation, fin: next() < 0.6 };
  if (!compressed || !first || next() < 0.3) return { ...frame, payload: data };
  const repeated = concat(new Array(1 + below(4, next)).fill(data));
  return { ...frame, payload: lone.compress(repeated).slice(), rsv1: true };
}
