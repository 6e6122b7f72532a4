/** Compressed data: what was compressed comes back, and hostile data is refused. */

import { pakoStreams } from "../../protocol/deflate.ts";
import type { DeflateStreams, InflaterOptions, MessageInflater } from "../../protocol/mod.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { nativeStreams } from "../../server/net/websocket/native_deflate.ts";
import { concat } from "../support/bytes.ts";
import { cut, mutate, pick, type Random, randomBytes } from "./inputs.ts";
import { require, type Target } from "./target.ts";

/** Output beyond this is given up, as a connection does at its limit. */
const mostOutput = 200_000;

class TooLarge extends Error {}

/** The first byte of an input says how the two ends are set up. */
function readOptions(first: number): InflaterOptions {
  return { windowBits: 8 + (first & 7), noContextTakeover: (first & 8) !== 0 };
}

/** The codes of what an inflater may refuse. */
const refusals: readonly unknown[] = ["INVALID_PAYLOAD", "POLICY_VIOLATION"];

/** One message into an {@linkcode Inflater}, and another one through both directions. */
export const inflateTarget: Target = {
  name: "inflate",
  makeInput(next) {
    const first = Uint8Array.of(Math.floor(next() * 16));
    if (next() < 0.2) return concat([first, randomBytes(500, next)]);
    const piece = randomBytes(300, next);
    const message = concat(new Array(pick([1, 2, 5, 300], next)).fill(piece));
    const compressed = pakoStreams.makeDeflater(readOptions(first[0]!)).compress(message);
    return concat([first, mutate(compressed, next)]);
  },
  run(input, next) {
    const options = readOptions(input[0] ?? 0);
    const payload = input.subarray(1);
    const [byPako, byNative] = [pakoStreams, nativeStreams()].map((streams) => {
      checkRoundTrip(streams, options, payload, next);
      const whole = tryInflate(streams, options, [payload]);
      const pieces = tryInflate(streams, options, cut(payload, next));
      require(isSame(whole, pieces), "The outcome depends on how the bytes were cut");
      return whole;
    });
    require(isSame(byPako, byNative), "The outcome depends on the zlib");
  },
};

/** Messages in a row, so that later ones may refer to earlier ones; most are small, as in a chat. */
function checkRoundTrip(
  streams: DeflateStreams,
  options: InflaterOptions,
  message: Uint8Array,
  next: Random,
): void {
  const deflater = streams.makeDeflater(options);
  const inflater = streams.makeInflater(options);
  const small = Array.from({ length: 8 }, () => {
    const start = Math.floor(next() * message.length);
    return message.slice(start, start + Math.floor(next() * 200));
  });
  for (
    const part of [...small, message, concat([message, message]), message.subarray(1), ...small]
  ) {
    const compressed = deflater.compress(part).slice();
    require(isSame(inflate(inflater, cut(compressed, next)), part), "A message has changed");
  }
  deflater.close();
  inflater.close();
}

/** The content of the message, or `undefined` when it was refused. */
function tryInflate(
  streams: DeflateStreams,
  options: InflaterOptions,
  parts: Iterable<Uint8Array>,
): Uint8Array | undefined {
  const inflater = streams.makeInflater(options);
  try {
    return inflate(inflater, parts);
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    if (error instanceof ProtocolError && refusals.includes(error.code)) return undefined;
    throw error;
  } finally {
    inflater.close();
  }
}

function inflate(inflater: MessageInflater, parts: Iterable<Uint8Array>): Uint8Array {
  const outputs: Uint8Array[] = [];
  let size = 0;
  const emit = (output: Uint8Array): void => {
    require(output.length > 0 && output.length <= 16_384, `${output.length} bytes at once`);
    size += output.length;
    if (size > mostOutput) throw new TooLarge();
    outputs.push(output.slice());
  };
  if (Array.isArray(parts) && parts.length === 1) {
    inflater.inflate(parts[0], true, emit); // as in a frame that arrives whole
    return concat(outputs);
  }
  for (const part of parts) inflater.inflate(part, false, emit);
  inflater.inflate(new Uint8Array(0), true, emit);
  return concat(outputs);
}

function isSame(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
