/** Compresses and inflates message payloads with pako's zlib streams. RFC 7692 §7.2. */

import {
  Z_BUF_ERROR,
  Z_DEFAULT_STRATEGY,
  Z_OK,
  Z_STREAM_END,
  Z_SYNC_FLUSH,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateReset,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateResetKeep,
  zlibInflateSetDictionary,
  ZStream,
} from "pako";
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
} from "./deflate_rules.ts";
import type {
  DeflaterOptions,
  DeflateStreams,
  InflaterOptions,
  MessageDeflater,
  MessageInflater,
} from "./deflate_streams.ts";
import { ProtocolError } from "./errors.ts";

const none = new Uint8Array(0);

/** The one compression method of zlib. */
const deflateMethod = 8;

/** zlib looks back this much less than its window is long (its MIN_LOOKAHEAD). */
const windowMargin = 262;

/** The value of zlib's `data_type` when it has stopped between two blocks. */
const betweenBlocks = 128;

/** Output of all deflaters; it grows with the messages, up to `keptDeflateOutput` for good. */
let deflateOutput = new Uint8Array(4096);

/** Output of all inflaters. */
const inflateOutput = new Uint8Array(outputPieceSize);

/**
 * Final blocks in one message. One costs as much as a whole message, 4 us, for two bytes; an honest
 * sender needs one for each flush.
 *
 * @limit blocks: 1008
 */
const mostFinalBlocks = 1000;

/** Memory of an inflate stream beside its window: 6.9 KiB of tables, 1.8 of objects. */
const inflateStateSize = 9 * 1024;

/** Deflate streams for messages that stand alone. */
const loneDeflates = new Map<number, ZStream>();

/**
 * The fields of pako's inflate state that are changed here: no function of pako changes them so.
 */
interface InflateState {
  /** Window bits. */
  readonly wbits: number;
  /**
   * The window's size once it is in use, how much of it is filled, and where the next byte goes.
   */
  wsize: number;
  whave: number;
  wnext: number;
  /** The furthest that a match may look back. */
  dmax: number;
}

/**
 * Inflate streams that no unfinished message holds, between two blocks. Those above `mostIdle` are
 * collected.
 */
const idleInflates: ZStream[] = [];
const mostIdle = 8;

/**
 * Compresses the messages of one connection.
 *
 * With context takeover it keeps a stream from its first message on. Without, it holds no memory:
 * the whole process shares streams that are reset for each message.
 *
 * @example A round trip
 * ```ts
 * import { Deflater, Inflater } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const options = { windowBits: 15, noContextTakeover: true };
 * const message = new TextEncoder().encode("Hello");
 * const compressed = new Deflater(options).compress(message);
 * const received: number[] = [];
 * new Inflater(options).inflate(compressed, true, (output) => received.push(...output));
 * assertEquals(received, [...message]);
 * ```
 */
export class Deflater implements MessageDeflater {
  readonly #windowBits: number;
  readonly #noContextTakeover: boolean;
  readonly #level: number;
  readonly #memLevel: number;
  /** Kept from message to message with context takeover. */
  #stream: ZStream | undefined;
  #closed = false;

  /**
   * Makes no stream yet.
   *
   * @param options The agreement, and the effort.
   * @throws {RangeError} A number is out of range.
   */
  constructor(options: DeflaterOptions) {
    const { windowBits, noContextTakeover, level, memLevel } = resolveDeflaterOptions(options);
    this.#windowBits = windowBits;
    this.#noContextTakeover = noContextTakeover;
    this.#level = level;
    this.#memLevel = memLevel;
  }

  /**
   * Compresses one message. With context takeover the result must be sent, and in this order:
   * later messages refer to it.
   *
   * @param payload The whole message.
   * @returns The compressed payload, in a buffer that all deflaters share: valid until any of them
   * compresses again.
   *
   * @example The "Hello" of RFC 7692 §7.2.3.1
   * ```ts
   * import { Deflater } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const deflater = new Deflater({ windowBits: 15, noContextTakeover: true });
   * const compressed = deflater.compress(new TextEncoder().encode("Hello"));
   * assertEquals([...compressed], [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
   * ```
   */
  compress(payload: Uint8Array): Uint8Array<ArrayBuffer> {
    if (this.#closed) throw new TypeError("Cannot compress: the deflater is closed");
    if (payload.length === 0) return compressEmpty(deflateOutput);
    const stream = this.#noContextTakeover
      ? this.#loneStream(payload.length)
      : this.#stream ??= makeDeflate(this.#windowBits, this.#level, this.#memLevel);
    return deflate(stream, payload);
  }

  /**
   * Lets the stream be collected. It must not compress any more.
   *
   * @example The end of a connection
   * ```ts
   * import { Deflater } from "@hawser/ws/protocol";
   * import { assertThrows } from "@std/assert";
   *
   * const deflater = new Deflater({ windowBits: 15, noContextTakeover: false });
   * deflater.compress(Uint8Array.of(1));
   * deflater.close();
   * assertThrows(() => deflater.compress(Uint8Array.of(2)), TypeError);
   * ```
   */
  close(): void {
    this.#closed = true;
    this.#stream = undefined;
  }

  /**
   * A shared stream with a window that is no larger than the message needs. Matches stay the same,
   * and a smaller stream is faster to reset: 118 bytes of JSON take 7 us instead of 17.
   */
  #loneStream(size: number): ZStream {
    const needed = 32 - Math.clz32(size + windowMargin - 1);
    const windowBits = Math.min(this.#windowBits, needed);
    const memLevel = Math.min(this.#memLevel, needed - 6);
    const key = (windowBits << 8) | (this.#level << 4) | memLevel;
    let stream = loneDeflates.get(key);
    if (stream === undefined) {
      stream = makeDeflate(windowBits, this.#level, memLevel);
      loneDeflates.set(key, stream);
    } else {
      zlibDeflateReset(stream);
    }
    return stream;
  }
}

function makeDeflate(windowBits: number, level: number, memLevel: number): ZStream {
  const stream = new ZStream();
  const rawBits = -deflateWindowBits(windowBits);
  // pako's own hash reads a byte behind the message. In a shared stream that is a byte of somebody
  // else's message, and the compressed length tells whether it was guessed.
  const zlibHash = true;
  zlibDeflateInit2(stream, level, deflateMethod, rawBits, memLevel, Z_DEFAULT_STRATEGY, zlibHash);
  return stream;
}

/** Compresses one message up to a flush, and drops the tail. RFC 7692 §7.2.1. */
function deflate(stream: ZStream, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (deflateOutput.length > keptDeflateOutput) deflateOutput = new Uint8Array(keptDeflateOutput);
  stream.input = payload;
  stream.next_in = 0;
  stream.avail_in = payload.length;
  stream.output = deflateOutput;
  stream.next_out = 0;
  stream.avail_out = deflateOutput.length;
  zlibDeflate(stream, Z_SYNC_FLUSH);
  while (stream.avail_out === 0) {
    const grown = new Uint8Array(2 * deflateOutput.length);
    grown.set(deflateOutput);
    stream.avail_out = deflateOutput.length;
    stream.output = deflateOutput = grown;
    zlibDeflate(stream, Z_SYNC_FLUSH);
  }
  stream.input = stream.output = none; // a kept stream must not keep the buffers of others
  return deflateOutput.subarray(0, stream.next_out - deflateTail.length);
}

/** Where an {@linkcode Inflater} takes over from another one. */
export interface InflatedPast {
  /** The output so far, or its last 32 KiB: what the next blocks may refer to. */
  readonly window: Uint8Array;
  /** Final blocks in the present message; 0 between messages. */
  readonly finalBlocks: number;
}

/**
 * Inflates the messages of one connection.
 *
 * With context takeover it keeps a stream from its first message on. Without, only a message that
 * has begun and not ended holds one, and streams go from connection to connection.
 *
 * @example A message in two parts
 * ```ts
 * import { Inflater } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const inflater = new Inflater({ windowBits: 15, noContextTakeover: true });
 * let text = "";
 * const emit = (output: Uint8Array) => text += new TextDecoder().decode(output);
 * inflater.inflate(Uint8Array.of(0xf2, 0x48, 0xcd), false, emit);
 * inflater.inflate(Uint8Array.of(0xc9, 0xc9, 0x07, 0x00), true, emit);
 * assertEquals(text, "Hello");
 * ```
 */
export class Inflater implements MessageInflater {
  readonly #windowBits: number;
  readonly #noContextTakeover: boolean;
  #stream: ZStream | undefined;
  /** Final blocks in the present message. */
  #finalBlocks = 0;
  #closed = false;

  /**
   * Makes no stream yet.
   *
   * @param options The agreement.
   * @param past Where another inflater has come to, for one that takes over from it between two
   * blocks; that of a new connection by default.
   * @throws {RangeError} The window bits are out of range.
   */
  constructor(options: InflaterOptions, past?: InflatedPast) {
    checkInflaterOptions(options);
    this.#windowBits = options.windowBits;
    this.#noContextTakeover = options.noContextTakeover;
    if (past === undefined) return;
    this.#finalBlocks = past.finalBlocks;
    this.#stream = takeInflate(this.#windowBits);
    zlibInflateSetDictionary(this.#stream, past.window);
  }

  /** Bytes of memory that the inflater holds at present, for a budget over all connections. */
  get heldBytes(): number {
    return this.#stream === undefined ? 0 : inflateStateSize + (1 << this.#windowBits);
  }

  /**
   * Inflates a part of a message as it arrives. `emit` may compress, but it must not inflate, with
   * this or with another inflater: their output buffer is one.
   *
   * @param part Bytes of the message's payload.
   * @param last Whether the message ends with this part.
   * @param emit Called with each piece of output, of 16 KiB at the most. The bytes are valid during
   * the call. An error that it throws passes through, and the inflater cannot be used any more.
   * @throws {ProtocolError} The data is corrupt, cut short, or has over 1,000 final blocks; the
   * inflater can then not be used any more.
   * @throws {TypeError} An earlier call has thrown.
   *
   * @example A limit that a bomb runs into
   * ```ts
   * import { Deflater, Inflater, ProtocolError } from "@hawser/ws/protocol";
   * import { assert, assertThrows } from "@std/assert";
   *
   * const options = { windowBits: 15, noContextTakeover: true };
   * const bomb = new Deflater(options).compress(new Uint8Array(1_000_000));
   * let size = 0;
   * const emit = (output: Uint8Array) => {
   *   size += output.length;
   *   if (size > 50_000) throw new ProtocolError("MESSAGE_TOO_BIG", "Message is too large");
   * };
   * assertThrows(() => new Inflater(options).inflate(bomb, true, emit), ProtocolError);
   * assert(size < 70_000);
   * ```
   */
  inflate(part: Uint8Array, last: boolean, emit: (output: Uint8Array) => void): void {
    if (this.#closed) throw new TypeError("Cannot inflate: an earlier part has failed");
    const stream = this.#stream ??= takeInflate(this.#windowBits);
    try {
      if (part.length > 0) this.#run(stream, part, emit);
      // RFC 7692 §7.2.2. There is one more block, empty, after a final one, too (§7.2.3.4).
      if (last && !this.#run(stream, deflateTail, refuseOutput)) throw cutShort();
    } catch (error) {
      this.close();
      throw error;
    }
    if (!last) return;
    this.#finalBlocks = 0;
    if (this.#noContextTakeover) {
      this.#stream = undefined;
      if (idleInflates.length < mostIdle) idleInflates.push(stream);
    }
  }

  /**
   * Frees the memory that it holds. It can then not be used any more.
   *
   * @example The end of a connection
   * ```ts
   * import { Inflater } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const inflater = new Inflater({ windowBits: 15, noContextTakeover: false });
   * inflater.inflate(Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), true, () => {});
   * inflater.close();
   * assertEquals(inflater.heldBytes, 0);
   * ```
   */
  close(): void {
    this.#closed = true;
    this.#stream = undefined;
  }

  /** Returns whether the input has ended where a block ended. */
  #run(stream: ZStream, input: Uint8Array, emit: (output: Uint8Array) => void): boolean {
    let complete: boolean;
    stream.input = input;
    stream.next_in = 0;
    stream.avail_in = input.length;
    stream.output = inflateOutput;
    do {
      stream.next_out = 0;
      stream.avail_out = inflateOutput.length;
      const status = zlibInflate(stream, Z_SYNC_FLUSH);
      if (status < Z_OK && status !== Z_BUF_ERROR) {
        throw corruptData(stream.msg);
      }
      complete = status === Z_STREAM_END || stream.data_type === betweenBlocks;
      if (status === Z_STREAM_END) this.#continueAfterFinalBlock(stream);
      if (stream.next_out > 0) emit(inflateOutput.subarray(0, stream.next_out));
    } while (stream.avail_in > 0 || stream.avail_out === 0);
    stream.input = none; // a kept stream must not keep what was read
    return complete;
  }

  /** RFC 7692 §7.2.3.4: blocks may follow a final one, and may refer to what was before it. */
  #continueAfterFinalBlock(stream: ZStream): void {
    if (++this.#finalBlocks > mostFinalBlocks) {
      throw new ProtocolError("POLICY_VIOLATION", "Compressed message has too many final blocks");
    }
    zlibInflateResetKeep(stream);
    limitDistance(stream, this.#windowBits);
  }
}

/** A stream that knows nothing of earlier messages, its own or those of other connections. */
function takeInflate(windowBits: number): ZStream {
  const stream = idleInflates.pop() ?? new ZStream();
  const state = stream.state as InflateState | null;
  if (state?.wbits === windowBits) {
    // It stands between two blocks, so only its window is to be forgotten. zlibInflateReset() would
    // allocate 6 KiB of tables besides, which takes 2 us and leaves work for the collector.
    state.wsize = state.whave = state.wnext = 0;
  } else {
    zlibInflateInit2(stream, -windowBits);
    limitDistance(stream, windowBits);
  }
  return stream;
}

/**
 * zlib checks a distance against the window only beyond the output buffer, so a peer that looks
 * further back than it may would be caught or not by how its bytes were cut. This is the check that
 * zlib has for data with a header, which announces its window.
 */
function limitDistance(stream: ZStream, windowBits: number): void {
  (stream.state as InflateState).dmax = 1 << windowBits;
}

/** The streams of pako, which run in every runtime. */
export const pakoStreams: DeflateStreams = {
  makeDeflater: (options) => new Deflater(options),
  makeInflater: (options) => new Inflater(options),
};
