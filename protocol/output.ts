/** Encodes outgoing frames into the bytes that wait to be written. */

import type { MessageDeflater } from "./deflate_streams.ts";
import { ByteQueue } from "./byte_queue.ts";
import {
  checkFrame,
  encodeFrameHeader,
  FrameHeader,
  frameHeaderLength,
  maxHeaderLength,
  type Role,
} from "./frame.ts";
import { maskBinary } from "./mask.ts";
import { isControl, Opcode } from "./opcode.ts";

/** For the frame that is being appended, whichever connection's it is. */
const header = new FrameHeader(Opcode.Text, 0);

/** Empty queues, for the next connections with output. */
const idleQueues: ByteQueue[] = [];
const mostIdle = 1024;

const none = new Uint8Array(0);
const encoder = new TextEncoder();

/** A text on its way to be compressed; a longer one gets a buffer of its own. */
const textBytes = new Uint8Array(16 * 1024);

/** A buffer larger than this is taken only for bytes that are there. */
const mostExpected = 64 * 1024;

/** Up to this many units a loop over the text is faster than TextEncoder. */
const mostLooped = 48;

/** A UTF-16 unit of text needs this many bytes at the most. */
const mostBytesPerUnit = 3;

/**
 * The frames of one connection on their way out. One buffer gathers while another is being written;
 * without output there is none.
 */
export class FrameOutput {
  readonly #masked: boolean;
  readonly #randomKey: () => number;
  #gathering: ByteQueue | undefined;
  #taken: ByteQueue | undefined;
  /** As many bytes as were taken last are likely to come again: a buffer need not grow to them. */
  #expected = 0;

  constructor(role: Role, randomKey: () => number) {
    this.#masked = role === "client";
    this.#randomKey = randomKey;
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#gathering === undefined ? 0 : this.#gathering.length;
  }

  get #queue(): ByteQueue {
    return this.#gathering ?? this.#startQueue();
  }

  #startQueue(): ByteQueue {
    const queue = idleQueues.pop() ?? new ByteQueue();
    queue.reserve(this.#expected);
    return this.#gathering = queue;
  }

  /** Hands over all that waits; the view is valid until the next take. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#taken !== undefined) keepQueue(this.#taken);
    const full = this.#taken = this.#gathering;
    if (full === undefined) return none;
    this.#gathering = undefined;
    this.#expected = Math.min(full.length, mostExpected);
    return full.peek();
  }

  /** Drops all that waits. Taken output stays as it is. */
  discard(): void {
    if (this.#gathering !== undefined) keepQueue(this.#gathering);
    this.#gathering = undefined;
  }

  /** Appends bytes that are frames already. */
  appendEncoded(frames: Uint8Array): void {
    this.#queue.append(frames);
  }

  /** Appends one whole message or control frame. */
  append(opcode: Opcode, payload: Uint8Array): void {
    this.#appendFrame(opcode, payload, false);
  }

  /** Appends one compressed message. RFC 7692 §6.1. */
  appendCompressed(opcode: Opcode, payload: Uint8Array, deflater: MessageDeflater): void {
    this.#appendFrame(opcode, deflater.compress(payload), true);
  }

  /** Appends one compressed text message. */
  appendCompressedText(text: string, deflater: MessageDeflater): void {
    const payload = mostBytesPerUnit * text.length > textBytes.length
      ? encoder.encode(text)
      : textBytes.subarray(0, encoder.encodeInto(text, textBytes).written);
    this.appendCompressed(Opcode.Text, payload, deflater);
  }

  #appendFrame(opcode: Opcode, payload: Uint8Array, compressed: boolean): void {
    const queue = this.#queue;
    const bytes = queue.reserve(
      frameHeaderLength(payload.length, this.#masked) + payload.length,
    );
    const at = this.#appendHeader(queue, opcode, payload.length, compressed);
    bytes.set(payload, at);
    this.#finish(queue, at, payload.length);
  }

  /**
   * Appends a text message, encoded straight into the buffer. The header's size is guessed from
   * the text's length, right for ASCII; the payload moves where the guess was wrong.
   */
  appendText(text: string): void {
    const queue = this.#queue;
    const masked = this.#masked;
    const guess = frameHeaderLength(text.length, masked);
    const begin = queue.length;
    const start = begin + guess;
    const spare = maxHeaderLength - guess;
    let bytes = queue.reserve(maxHeaderLength + text.length);
    if (text.length <= mostLooped && writeAscii(text, bytes, start)) {
      const at = this.#appendHeader(queue, Opcode.Text, text.length, false);
      return this.#finish(queue, at, text.length);
    }
    let { read, written } = encoder.encodeInto(text, bytes.subarray(start, bytes.length - spare));
    if (read < text.length) {
      queue.length = start + written;
      bytes = queue.reserve(spare + mostBytesPerUnit * (text.length - read));
      queue.length = begin;
      written += encoder.encodeInto(text.slice(read), bytes.subarray(start + written)).written;
    }
    const length = frameHeaderLength(written, masked);
    if (length !== guess) bytes.copyWithin(begin + length, start, start + written);
    this.#finish(queue, this.#appendHeader(queue, Opcode.Text, written, false), written);
  }

  /** Room must be reserved. Returns where the payload begins. */
  #appendHeader(
    queue: ByteQueue,
    opcode: Opcode,
    payloadLength: number,
    compressed: boolean,
  ): number {
    if (this.#masked) header.maskingKey = this.#randomKey() >>> 0;
    header.opcode = opcode;
    header.payloadLength = payloadLength;
    header.rsv1 = compressed;
    header.masked = this.#masked;
    if (isControl(opcode)) checkFrame(header, this.#masked ? "client" : "server", false);
    return encodeFrameHeader(header, queue.bytes, queue.length);
  }

  #finish(queue: ByteQueue, payloadStart: number, payloadLength: number): void {
    const end = payloadStart + payloadLength;
    if (this.#masked) maskBinary(queue.bytes, header.maskingKey, payloadStart, end);
    queue.length = end;
  }
}

/** Measured at 36 ns for 32 bytes, where TextEncoder takes 94. Returns `false` if it is no ASCII. */
function writeAscii(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    bytes[start + i] = unit;
  }
  return true;
}

function keepQueue(queue: ByteQueue): void {
  queue.clear();
  if (idleQueues.length < mostIdle) idleQueues.push(queue);
}

/** Masking keys from the runtime's strong generator, drawn 256 at a time. RFC 6455 §10.3. */
export class RandomKeys {
  readonly #pool = new Uint32Array(256);
  #left = 0;

  /** The next key. */
  next(): number {
    if (this.#left === 0) {
      crypto.getRandomValues(this.#pool);
      this.#left = this.#pool.length;
    }
    return this.#pool[--this.#left]!;
  }
}
