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
  ZStream,
} from "pako";
import { checkInteger, type DeflateOptions } from "./deflate_options.ts";
import { ProtocolError } from "./errors.ts";

/**
 * Settings of an {@linkcode Inflater}: what was agreed on for the peer's direction.
 *
 * @example Memory between messages
 * ```ts
 * import { Inflater, type InflaterOptions } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const held = [true, false].map((noContextTakeover) => {
 *   const options: InflaterOptions = { windowBits: 12, noContextTakeover };
 *   const inflater = new Inflater(options);
 *   inflater.inflate(Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), true, () => {});
 *   return inflater.heldBytes > 0;
 * });
 * assertEquals(held, [false, true]);
 * ```
 */
export interface InflaterOptions {
  /** Window bits of the sender, from 8 to 15. */
  windowBits: number;
  /** Whether each message stands alone. */
  noContextTakeover: boolean;
}

/**
 * Settings of a {@linkcode Deflater}: what was agreed on for our direction, and how hard to try.
 *
 * @example A second message that refers to the first
 * ```ts
 * import { Deflater, type DeflaterOptions } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * const options: DeflaterOptions = { windowBits: 15, noContextTakeover: false, level: 9 };
 * const deflater = new Deflater(options);
 * const message = new TextEncoder().encode('{"user":"ann","text":"good morning"}');
 * const first = deflater.compress(message).length;
 * const second = deflater.compress(message).length;
 * assert(second < first / 3);
 * ```
 */
export type DeflaterOptions = InflaterOptions & Pick<DeflateOptions, "level" | "memLevel">;

/** RFC 7692 §7.2.1: a sender removes this from the end of a message, a receiver appends it. */
const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

const none = new Uint8Array(0);

/** The one compression method of zlib. */
const deflateMethod = 8;

/** zlib looks back this much less than its window is long (its MIN_LOOKAHEAD). */
const windowMargin = 262;

/** What zlib reports in `data_type` when it has stopped between two blocks. */
const betweenBlocks = 128;

/** Output of all deflaters; it grows with the messages, up to `keptOutput` for good. */
let deflateOutput = new Uint8Array(4096);
const keptOutput = 1024 * 1024;

/** Output of all inflaters: so far a bomb gets before the receiver sees it. */
const inflateOutput = new Uint8Array(16 * 1024);

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

/** What we touch of pako's inflate state: no function of pako does what is done with it. */
interface InflateState {
  /** Window bits. */
  readonly wbits: number;
  /** The window's size once it is in use, how much of it is filled, and where the next byte goes. */
  wsize: number;
  whave: number;
  wnext: number;
  /** The furthest that a match may look back. */
  dmax: number;
}

/** Inflate streams that no unfinished message holds, between two blocks. Those above `mostIdle` are collected. */
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
export class Deflater {
  readonly #windowBits: number;
  readonly #noContextTakeover: boolean;
  readonly #level: number;
  readonly #memLevel: number;
  /** Kept from message to message with context takeover. */
  #stream: ZStream | undefined;

  /**
   * Makes no stream yet.
   *
   * @param options What was agreed on, and how hard to try.
   * @throws {RangeError} A number is out of range.
   */
  constructor(options: DeflaterOptions) {
    const { windowBits, noContextTakeover, level = 6, memLevel = 8 } = options;
    checkInteger("windowBits", windowBits, 8, 15);
    checkInteger("level", level, 1, 9);
    checkInteger("memLevel", memLevel, 1, 9);
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
    // RFC 7692 §7.2.3.6: an empty message is an empty block less its tail. From zlib it cannot be
    // had: a second flush in a row writes nothing.
    if (payload.length === 0) {
      deflateOutput[0] = 0x00;
      return deflateOutput.subarray(0, 1);
    }
    const stream = this.#noContextTakeover
      ? this.#loneStream(payload.length)
      : this.#stream ??= makeDeflate(this.#windowBits, this.#level, this.#memLevel);
    return deflate(stream, payload);
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
  // zlib makes raw data with 9 window bits at least, of which it uses 512 - 262 = 250 bytes: that
  // fits a window of 8 bits.
  const rawBits = -Math.max(9, windowBits);
  // pako's own hash reads a byte behind the message. In a shared stream that is a byte of somebody
  // else's message, and the compressed length tells whether it was guessed.
  const zlibHash = true;
  zlibDeflateInit2(stream, level, deflateMethod, rawBits, memLevel, Z_DEFAULT_STRATEGY, zlibHash);
  return stream;
}

/** Compresses one message up to a flush, and drops the tail. RFC 7692 §7.2.1. */
function deflate(stream: ZStream, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (deflateOutput.length > keptOutput) deflateOutput = new Uint8Array(keptOutput);
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
  return deflateOutput.subarray(0, stream.next_out - tail.length);
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
export class Inflater {
  readonly #windowBits: number;
  readonly #noContextTakeover: boolean;
  #stream: ZStream | undefined;
  /** Final blocks in the present message. */
  #finalBlocks = 0;
  #failed = false;

  /**
   * Makes no stream yet.
   *
   * @param options What was agreed on.
   * @throws {RangeError} The window bits are out of range.
   */
  constructor(options: InflaterOptions) {
    checkInteger("windowBits", options.windowBits, 8, 15);
    this.#windowBits = options.windowBits;
    this.#noContextTakeover = options.noContextTakeover;
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
   * the call. What it throws passes, and the inflater can then not be used any more.
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
    if (this.#failed) throw new TypeError("Cannot inflate: an earlier part has failed");
    const stream = this.#stream ??= takeInflate(this.#windowBits);
    try {
      if (part.length > 0) this.#run(stream, part, emit);
      // RFC 7692 §7.2.2. There is one more block, empty, after a final one, too (§7.2.3.4).
      if (last && !this.#run(stream, tail, refuseOutput)) throw cutShort();
    } catch (error) {
      this.#failed = true;
      this.#stream = undefined;
      throw error;
    }
    if (!last) return;
    this.#finalBlocks = 0;
    if (this.#noContextTakeover) {
      this.#stream = undefined;
      if (idleInflates.length < mostIdle) idleInflates.push(stream);
    }
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
        throw new ProtocolError("INVALID_PAYLOAD", `Compressed data is corrupt: ${stream.msg}`);
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

/** RFC 7692 §7.2.1: the tail is that of an empty block. With output, it was taken for data. */
function refuseOutput(): never {
  throw cutShort();
}

function cutShort(): ProtocolError {
  return new ProtocolError("INVALID_PAYLOAD", "Compressed message is cut short");
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
