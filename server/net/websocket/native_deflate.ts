/** Compresses message payloads with the runtime's own zlib, and small ones without. RFC 7692 §7.2.1. */

import { Deflater, Inflater, pakoStreams } from "../../../protocol/deflate.ts";
import {
  compressEmpty,
  deflateTail,
  deflateWindowBits,
  keptDeflateOutput,
  resolveDeflaterOptions,
} from "../../../protocol/deflate_rules.ts";
import type {
  DeflaterOptions,
  DeflateStreams,
  MessageDeflater,
} from "../../../protocol/deflate_streams.ts";
import { longestSmall } from "../../../protocol/recent_matches.ts";
import { leastSmallWindow, SmallDeflate } from "../../../protocol/small_deflate.ts";
import { NativeInflater } from "./native_inflate.ts";
import {
  findZlib,
  syncFlush,
  type ZlibModule,
  type ZlibSettings,
  ZlibStream,
} from "./zlib_stream.ts";

/**
 * Output of all deflaters, with room for any message of `SmallDeflate`; it grows with the messages,
 * up to `keptDeflateOutput` for good.
 */
let deflateOutput = new Uint8Array(4096);

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

/**
 * With a lower level, connections that keep a stream are to be small. zlib-ng's are not, as its hash
 * table alone takes 128 KiB: pako's take what the level says.
 */
const leastMemLevel = 8;

// Two ways to compress with context takeover: by fixed codes (`SmallDeflate`), where messages are
// short and repeat earlier ones, and by a stream of zlib. A connection has one or the other, and
// changes with its messages.

/** A higher level asks for fewer bytes than fixed codes make. */
const mostFixedLevel = 6;

/** A message of more bytes than these, compressed, repeats little: codes of its own may be shorter. */
const mostFixedBytes = 128;

/**
 * After so many messages in a row that fixed codes would do for, a connection goes back to them. Where
 * messages of both kinds come, it must not open a stream again and again.
 */
const messagesUntilFixed = 64;

/** So many of these, the last ones, are what the first message of fixed codes may refer to. */
const learntMessages = 24;

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
      const { noContextTakeover, memLevel } = resolveDeflaterOptions(options);
      const savesMemory = !noContextTakeover && memLevel < leastMemLevel;
      return savesMemory ? new Deflater(options) : new NativeDeflater(zlib, options);
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
  /** In the place of the stream, or learning what it compresses for when it is closed. */
  #fixed: SmallDeflate | undefined;
  /** Messages in a row that the stream has compressed, and fixed codes would do for. */
  #fixedInRow = 0;
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
    if (this.#noContextTakeover) return deflate(this.#loneStream(payload.length), payload);
    if (this.#stream === undefined) return this.#compressFixed(payload);
    const compressed = deflate(this.#stream, payload);
    this.#reconsider(payload, compressed.length);
    return compressed;
  }

  /** Compresses by fixed codes, or opens a stream for the first message that is not for them. */
  #compressFixed(payload: Uint8Array): Uint8Array<ArrayBuffer> {
    let unsent = 0;
    if (this.#allowsFixed && payload.length <= longestSmall) {
      const fixed = this.#fixed ??= new SmallDeflate(this.#settings.windowBits);
      const size = fixed.compress(payload, deflateOutput);
      if (size <= mostFixedBytes) return deflateOutput.subarray(0, size);
      unsent = payload.length;
    }
    const dictionary = this.#fixed?.history(unsent);
    this.#stream = ZlibStream.deflate(this.#zlib, this.#settings, dictionary);
    this.#dropFixed();
    return deflate(this.#stream, payload);
  }

  /** Closes the stream after many messages in a row that fixed codes would do for. */
  #reconsider(payload: Uint8Array, compressedSize: number): void {
    const suitsFixed = payload.length <= longestSmall && compressedSize <= mostFixedBytes;
    if (!suitsFixed || !this.#allowsFixed) {
      if (this.#fixedInRow > 0) this.#dropFixed();
      return;
    }
    if (++this.#fixedInRow <= messagesUntilFixed - learntMessages) return;
    this.#fixed ??= new SmallDeflate(this.#settings.windowBits);
    this.#fixed.learn(payload);
    if (this.#fixedInRow < messagesUntilFixed) return;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #dropFixed(): void {
    this.#fixedInRow = 0;
    this.#fixed?.close();
    this.#fixed = undefined;
  }

  get #allowsFixed(): boolean {
    const { windowBits, level } = this.#settings;
    return windowBits >= leastSmallWindow && level <= mostFixedLevel;
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
    this.#dropFixed();
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
    if (stream.outputLeft > 0) return deflateOutput.subarray(0, at - deflateTail.length);
    const grown = new Uint8Array(2 * deflateOutput.length);
    grown.set(deflateOutput);
    deflateOutput = grown;
  }
}
