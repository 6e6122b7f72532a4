/** Inflates message payloads with the runtime's own zlib, and small ones without. RFC 7692 §7.2.2. */

import { Inflater } from "../../../protocol/deflate.ts";
import {
  checkInflaterOptions,
  corruptData,
  cutShort,
  deflateTail,
  outputPieceSize,
  refuseOutput,
} from "../../../protocol/deflate_rules.ts";
import type { InflaterOptions, MessageInflater } from "../../../protocol/deflate_streams.ts";
import { beginsFixed, inflateSmall } from "../../../protocol/small_inflate.ts";
import { OutputHistory } from "./output_history.ts";
import { stopAtBlock, syncFlush, type ZlibModule, ZlibStream } from "./zlib_stream.ts";

/** Output of all inflaters. */
const inflateOutput = new Uint8Array(outputPieceSize);

/** Memory of zlib's state to inflate, with its window of 32 KiB and 1.3 KiB of objects. */
const inflateStateSize = 48 * 1024;

/** Streams that no inflater holds, and what messages that stood alone were kept in. */
const idleStreams: ZlibStream[] = [];
const idleHistories: OutputHistory[] = [];

/** So many of each are kept. */
const mostIdle = 8;

/**
 * After so many messages in a row that begin with fixed codes a stream is given back. It is not done
 * at once, as the next message that needs one has it taught up to 32 KiB of history.
 */
const messagesUntilGivenBack = 32;

/** What a message that stands alone may refer to. */
const noHistory = new OutputHistory();

/**
 * The tail, and two empty blocks behind it. zlib does not say whether it stands between two blocks,
 * so it is asked to stop at the end of a block, and to take the two: see `#finish`.
 */
const ending = Uint8Array.of(...deflateTail, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0xff, 0xff);
const tailLength = deflateTail.length;
const emptyBlocksLength = ending.length - tailLength;

/**
 * See {@linkcode MessageInflater}. Small messages of fixed codes take no stream. With context takeover
 * a stream stays for as long as others keep coming; without, until the message has ended.
 */
export class NativeInflater implements MessageInflater {
  readonly #zlib: ZlibModule;
  readonly #options: InflaterOptions;
  /** What has come of the messages, where they do not stand alone; else of a message in a stream. */
  #history: OutputHistory | undefined;
  #stream: ZlibStream | undefined;
  /** Goes on behind a final block, which is a stream's end to zlib: see `#takeOver`. */
  #successor: Inflater | undefined;
  /** Whether parts of a message have come, and not the last one. */
  #begun = false;
  /** Whole messages in a row that begin with fixed codes. */
  #fixedInRow = 0;
  #closed = false;

  /** @param options What was agreed on: window bits of 15, as smaller windows are not checked. */
  constructor(zlib: ZlibModule, options: InflaterOptions) {
    checkInflaterOptions(options);
    this.#zlib = zlib;
    this.#options = options;
  }

  get heldBytes(): number {
    if (this.#successor !== undefined) return this.#successor.heldBytes;
    const stream = this.#stream === undefined ? 0 : inflateStateSize;
    return stream + (this.#history === undefined ? 0 : this.#history.heldBytes);
  }

  inflate(part: Uint8Array, last: boolean, emit: (output: Uint8Array) => void): void {
    if (this.#closed) throw new TypeError("Cannot inflate: an earlier part has failed");
    try {
      if (!this.#begun) {
        this.#fixedInRow = last && beginsFixed(part) ? this.#fixedInRow + 1 : 0;
        if (last && this.#inflateSmall(part, emit)) return;
      }
      this.#begun = !last;
      const at = this.#successor === undefined ? this.#inflate(part, emit) : 0;
      if (this.#successor !== undefined) this.#successor.inflate(part.subarray(at), last, emit);
      else if (last) this.#finish(this.#stream!);
    } catch (error) {
      this.close();
      throw error;
    }
    if (last) this.#messageEnded();
  }

  /** Fast path: half of what zlib takes. Returns `false` where the message is left to zlib. */
  #inflateSmall(payload: Uint8Array, emit: (output: Uint8Array) => void): boolean {
    if (this.#stream !== undefined || this.#successor !== undefined) return false;
    const size = inflateSmall(payload, this.#history ?? noHistory, inflateOutput);
    if (size < 0) return false;
    const output = inflateOutput.subarray(0, size);
    if (!this.#options.noContextTakeover) (this.#history ??= new OutputHistory()).push(output);
    if (size > 0) emit(output);
    return true;
  }

  #messageEnded(): void {
    if (this.#options.noContextTakeover) {
      this.#successor = undefined;
      this.#giveBack();
      this.#forget();
    } else if (this.#fixedInRow >= messagesUntilGivenBack) {
      this.#giveBack();
    }
  }

  /** Returns how many bytes it has taken: all of them, unless a final block has ended. */
  #inflate(part: Uint8Array, emit: (output: Uint8Array) => void): number {
    const history = this.#history ??= idleHistories.pop() ?? new OutputHistory();
    const zlib = this.#stream ??= takeStream(this.#zlib, history);
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
  #finish(zlib: ZlibStream): void {
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
    const window = this.#history!.copy();
    this.#history = undefined;
    this.#giveBack();
    return this.#successor = new Inflater(this.#options, { window, finalBlocks });
  }

  #giveBack(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return;
    if (idleStreams.length < mostIdle) idleStreams.push(stream);
    else stream.close();
  }

  #forget(): void {
    const history = this.#history;
    this.#history = undefined;
    if (history === undefined || idleHistories.length === mostIdle) return;
    history.clear();
    idleHistories.push(history);
  }

  close(): void {
    this.#closed = true;
    this.#successor?.close();
    this.#stream?.close();
    this.#stream = this.#successor = this.#history = undefined;
  }
}

/** A stream that knows of earlier messages no more than the history has. */
function takeStream(zlib: ZlibModule, history: OutputHistory): ZlibStream {
  const stream = idleStreams.pop() ?? ZlibStream.inflate(zlib);
  stream.reset();
  if (history.size > 0) teach(stream, history.copy());
  return stream;
}

/** Has a stream inflate a stored block of what it is to know. RFC 1951 §3.2.4. */
function teach(stream: ZlibStream, history: Uint8Array): void {
  const { length } = history;
  const header = Uint8Array.of(0, length, length >> 8, ~length, ~length >> 8);
  stream.step(syncFlush, header, 0, header.length, inflateOutput, 0);
  for (let at = 0; at < length; at = length - stream.inputLeft) {
    stream.step(syncFlush, history, at, length, inflateOutput, 0);
  }
}
