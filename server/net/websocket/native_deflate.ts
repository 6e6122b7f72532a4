/** Compresses and inflates message payloads with the runtime's own zlib. RFC 7692 §7.2. */

import { Deflater, Inflater, pakoStreams } from "../../../protocol/deflate.ts";
import {
  checkInflaterOptions,
  compressEmpty,
  corruptData,
  cutShort,
  deflateTail,
  deflateWindowBits,
  keptDeflateOutput,
  outputPieceSize,
  refuseOutput,
  resolveDeflaterOptions,
} from "../../../protocol/deflate_rules.ts";
import type {
  DeflaterOptions,
  DeflateStreams,
  InflaterOptions,
  MessageDeflater,
  MessageInflater,
} from "../../../protocol/deflate_streams.ts";
import { OutputHistory } from "./output_history.ts";
import {
  findZlib,
  stopAtBlock,
  syncFlush,
  type ZlibModule,
  type ZlibSettings,
  ZlibStream,
} from "./zlib_stream.ts";

/** Output of all deflaters; it grows with the messages, up to `keptDeflateOutput` for good. */
let deflateOutput = new Uint8Array(4096);

/** Output of all inflaters. */
const inflateOutput = new Uint8Array(outputPieceSize);

/** A deflate stream that many connections share, for messages that stand alone. */
interface LoneDeflate {
  readonly zlib: ZlibStream;
  /** The longest message so far: no byte of its window behind that was ever written. */
  longest: number;
}

/** By their settings. */
const loneDeflates = new Map<number, LoneDeflate>();

/** zlib reads no further behind the end of what it was given (its MIN_LOOKAHEAD). */
const readBehind = 262;

/** For wiping: as long as zlib's buffer of two windows. */
const zeros = new Uint8Array(64 * 1024);

/** Memory of zlib's state to inflate, with its window of 32 KiB and 1.3 KiB of objects. */
const inflateStateSize = 48 * 1024;

/**
 * With a lower level, connections that keep a stream are to be small. zlib-ng's are not, as its hash
 * table alone takes 128 KiB: pako's take what the level says.
 */
const leastMemLevel = 8;

/** An inflate stream, and what it has made last. */
interface InflateStream {
  readonly zlib: ZlibStream;
  readonly history: OutputHistory;
}

/** Inflate streams that no unfinished message holds. Those above `mostIdle` are closed. */
const idleInflates: InflateStream[] = [];
const mostIdle = 8;

/**
 * The tail, and two empty blocks behind it. zlib does not say whether it stands between two blocks,
 * so it is asked to stop at the end of a block, and to take the two: see `#finish`.
 */
const ending = Uint8Array.of(...deflateTail, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0xff, 0xff);
const tailLength = deflateTail.length;
const emptyBlocksLength = ending.length - tailLength;

let streams: DeflateStreams | undefined;

/** Streams of the runtime's zlib, or pako's where it has none. The first call loads it, in 10 ms. */
export function nativeStreams(): DeflateStreams {
  if (streams === undefined) {
    const zlib = findZlib();
    streams = zlib === undefined ? pakoStreams : streamsOf(zlib);
  }
  return streams;
}

function streamsOf(zlib: ZlibModule): DeflateStreams {
  return {
    makeDeflater: (options) => {
      const isSmall = !options.noContextTakeover && (options.memLevel ?? 8) < leastMemLevel;
      return isSmall ? new Deflater(options) : new NativeDeflater(zlib, options);
    },
    // zlib checks a distance against the window only beyond the output buffer, and pako always. With
    // the largest window there is nothing to check; a smaller one is left to pako, as a peer would
    // be caught or not by how its bytes were cut.
    makeInflater: (options) =>
      options.windowBits === 15 ? new NativeInflater(zlib, options) : new Inflater(options),
  };
}

/** See {@linkcode MessageDeflater}. Messages that stand alone share streams, as those of pako do. */
class NativeDeflater implements MessageDeflater {
  readonly #zlib: ZlibModule;
  readonly #noContextTakeover: boolean;
  readonly #settings: ZlibSettings;
  /** Kept from message to message with context takeover. */
  #stream: ZlibStream | undefined;
  #closed = false;

  constructor(zlib: ZlibModule, options: DeflaterOptions) {
    const { windowBits, noContextTakeover, level, memLevel } = resolveDeflaterOptions(options);
    this.#zlib = zlib;
    this.#noContextTakeover = noContextTakeover;
    this.#settings = { windowBits: deflateWindowBits(windowBits), level, memLevel };
  }

  compress(payload: Uint8Array): Uint8Array<ArrayBuffer> {
    if (this.#closed) throw new TypeError("Cannot compress: the deflater is closed");
    if (payload.length === 0) return compressEmpty(deflateOutput);
    const stream = this.#noContextTakeover
      ? this.#loneStream(payload.length)
      : this.#stream ??= ZlibStream.deflate(this.#zlib, this.#settings);
    return deflate(stream, payload);
  }

  #loneStream(size: number): ZlibStream {
    const { windowBits, level, memLevel } = this.#settings;
    const key = (windowBits << 8) | (level << 4) | memLevel;
    let lone = loneDeflates.get(key);
    if (lone === undefined) {
      lone = { zlib: ZlibStream.deflate(this.#zlib, this.#settings), longest: 0 };
      loneDeflates.set(key, lone);
    } else {
      // With two windows and more, a message overwrites all there is.
      if (size < lone.longest && size < 2 << windowBits) wipe(lone.zlib, size, windowBits);
      lone.zlib.reset();
    }
    lone.longest = Math.max(lone.longest, size);
    return lone.zlib;
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    this.#stream = undefined;
  }
}

/**
 * Wipes what a longer message has left behind the place of one of `size` bytes. zlib hashes four
 * bytes where a message has three left; the fourth is one of somebody else's message, and the
 * compressed length would tell whether it was guessed.
 */
function wipe(stream: ZlibStream, size: number, windowBits: number): void {
  stream.reset();
  const end = Math.min(size + readBehind, 2 << windowBits);
  stream.step(syncFlush, zeros, 0, end, deflateOutput, 0);
}

/** Compresses one message up to a flush, and drops the tail. RFC 7692 §7.2.1. */
function deflate(stream: ZlibStream, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (deflateOutput.length > keptDeflateOutput) deflateOutput = new Uint8Array(keptDeflateOutput);
  let start = 0;
  let at = 0;
  for (;;) {
    const fault = stream.step(syncFlush, payload, start, payload.length, deflateOutput, at);
    if (fault !== "") throw new Error(`Cannot compress: ${fault}`);
    start = payload.length - stream.inputLeft;
    at = deflateOutput.length - stream.outputLeft;
    if (stream.outputLeft > 0) return deflateOutput.subarray(0, at - tailLength);
    const grown = new Uint8Array(2 * deflateOutput.length);
    grown.set(deflateOutput);
    deflateOutput = grown;
  }
}

/**
 * See {@linkcode MessageInflater}. With context takeover it keeps a stream from its first message
 * on. Without, only a message that has begun and not ended holds one.
 */
class NativeInflater implements MessageInflater {
  readonly #zlib: ZlibModule;
  readonly #options: InflaterOptions;
  #stream: InflateStream | undefined;
  /** Goes on behind a final block, which is a stream's end to zlib: see `#takeOver`. */
  #successor: Inflater | undefined;
  #closed = false;

  constructor(zlib: ZlibModule, options: InflaterOptions) {
    checkInflaterOptions(options);
    this.#zlib = zlib;
    this.#options = options;
  }

  get heldBytes(): number {
    if (this.#successor !== undefined) return this.#successor.heldBytes;
    return this.#stream === undefined ? 0 : inflateStateSize + this.#stream.history.heldBytes;
  }

  inflate(part: Uint8Array, last: boolean, emit: (output: Uint8Array) => void): void {
    if (this.#closed) throw new TypeError("Cannot inflate: an earlier part has failed");
    try {
      const at = this.#successor === undefined ? this.#inflate(part, emit) : 0;
      if (this.#successor !== undefined) this.#successor.inflate(part.subarray(at), last, emit);
      else if (last) this.#finish(this.#stream!);
    } catch (error) {
      this.close();
      throw error;
    }
    if (last && this.#options.noContextTakeover) this.#release();
  }

  /** Returns how many bytes it has taken: all of them, unless a final block has ended. */
  #inflate(part: Uint8Array, emit: (output: Uint8Array) => void): number {
    const { zlib, history } = this.#stream ??= takeStream(this.#zlib);
    let at = 0;
    let more = part.length > 0;
    while (more) {
      const fault = zlib.step(syncFlush, part, at, part.length, inflateOutput, 0);
      if (fault !== "") throw corruptData(fault);
      at = part.length - zlib.inputLeft;
      if (zlib.outputLeft < inflateOutput.length) {
        const output = inflateOutput.subarray(0, inflateOutput.length - zlib.outputLeft);
        history.push(output);
        emit(output);
      }
      more = zlib.outputLeft === 0;
      if (!more && at < part.length) this.#takeOver(1);
    }
    return at;
  }

  /**
   * RFC 7692 §7.2.2: the message is whole if zlib, given the tail, stands between two blocks and at
   * the end of a byte.
   *
   * It stops where a block ends, so if that is behind the tail, it has left the byte that follows.
   * Less than a byte of the tail may be left then, all ones. Two empty blocks are taken to their end
   * if there is nothing left; one bit or two make the first of them a final one, and the second is
   * not taken; three are no block.
   */
  #finish({ zlib }: InflateStream): void {
    let left = tailLength + 1;
    let hasOutput = false;
    for (let before = Infinity; left > 1 && left < before;) {
      before = left;
      // Not more than a byte, as zlib's fast loop for eight bytes and more looks ahead.
      const start = tailLength + 1 - left;
      const fault = zlib.step(stopAtBlock, ending, start, tailLength + 1, inflateOutput, 0);
      left = zlib.inputLeft;
      if (fault !== "") throw left === 0 ? cutShort() : corruptData(fault);
      hasOutput ||= zlib.outputLeft < inflateOutput.length;
    }
    if (left === 0) throw cutShort();
    if (left > 1) this.#refuseTail(left - 1, hasOutput);
    const fault = zlib.step(syncFlush, ending, tailLength, ending.length, inflateOutput, 0);
    if (fault !== "") throw corruptData(fault);
    if (hasOutput) throw cutShort(); // the tail was taken for data
    if (zlib.inputLeft === emptyBlocksLength) this.#takeOver(0); // the tail was that of a final block
    else if (zlib.inputLeft > 0) throw cutShort();
  }

  /** A final block has ended before the end of the tail: what is left of that makes no block. */
  #refuseTail(left: number, hasOutput: boolean): never {
    if (hasOutput) throw cutShort();
    const rest = deflateTail.subarray(tailLength - left);
    this.#takeOver(1).inflate(rest, false, refuseOutput);
    throw cutShort();
  }

  /**
   * RFC 7692 §7.2.3.4: blocks may follow a final one, and may refer to what was before it. zlib can
   * go on, but only if it forgets; so pako does, from here to the end of the message, or of the
   * connection with context takeover. Hardly a sender makes such blocks.
   */
  #takeOver(finalBlocks: number): Inflater {
    const window = this.#stream!.history.copy();
    this.#release();
    return this.#successor = new Inflater(this.#options, { window, finalBlocks });
  }

  #release(): void {
    this.#successor = undefined;
    if (this.#stream !== undefined) giveBack(this.#stream);
    this.#stream = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#successor?.close();
    this.#stream?.zlib.close();
    this.#stream = this.#successor = undefined;
  }
}

/** A stream that knows nothing of earlier messages, its own or those of other connections. */
function takeStream(zlib: ZlibModule): InflateStream {
  const stream = idleInflates.pop();
  if (stream === undefined) return { zlib: ZlibStream.inflate(zlib), history: new OutputHistory() };
  stream.zlib.reset();
  stream.history.clear();
  return stream;
}

function giveBack(stream: InflateStream): void {
  if (idleInflates.length < mostIdle) idleInflates.push(stream);
  else stream.zlib.close();
}
