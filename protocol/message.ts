/** Joins the frames of one message: limits, UTF-8 and inflating as the bytes arrive. */

import type { MessageInflater } from "./deflate_streams.ts";
import { ProtocolError } from "./errors.ts";
import type { FrameHeader } from "./frame.ts";
import { keepBuffer, takeBuffer, takeKept } from "./lending.ts";
import { Opcode } from "./opcode.ts";
import { decodeUtf8, Utf8Validator } from "./utf8.ts";

/** Limits of received messages. Neither holds for messages that are sent. */
export interface MessageLimits {
  /**
   * Largest message in bytes, over all its fragments and after inflating. A larger one fails the
   * connection with 1009, as soon as a header declares it.
   *
   * @default {1_048_576}
   */
  maxMessageSize: number;
  /**
   * Most fragments of one message, empty ones counted. More fail the connection with 1008; so does
   * a message whose fragments, charged 128 bytes each, come to over twice `maxMessageSize`.
   *
   * @default {16_384}
   */
  maxFragments: number;
}

/**
 * The cost of each fragment besides its bytes.
 *
 * @limit bytes: counted against twice `maxMessageSize`
 */
const fragmentCharge = 128;

/** This many fragments are not charged, however small the largest message is. */
const freeFragments = 16;

/** Compressed data may be this much longer than what it holds: headers of stored blocks. */
const compressedSlack = 1024;

/** So many bytes of a message have arrived before a buffer that waits is taken for all of it. */
const leastWhole = 4096;

const none = new Uint8Array(0);

/**
 * For a short text that is inflated: its bytes are decoded and dropped, mostly within one call, so
 * that a buffer for each would be work for the collector.
 */
const sharedBytes = new Uint8Array(4096);
let isShared = false;

/** The message that is arriving, if any. */
export class MessageAssembler {
  readonly #limits: MessageLimits;
  readonly #inflater: MessageInflater | undefined;
  /**
   * Whether bytes are handed over in a buffer of {@linkcode takeBuffer}, with its rest behind them.
   */
  readonly #lends: boolean;
  readonly #utf8 = new Utf8Validator();
  /** 0 between messages, else the opcode of the first frame. */
  #opcode: number = Opcode.Continuation;
  #compressed = false;
  /** Whether the inflater has been told of the message's end. */
  #inflatedAll = false;
  #fragments = 0;
  /** Payload bytes that headers have declared so far, before inflating. */
  #declared = 0;
  #lastFrame = false;
  #bytes: Uint8Array<ArrayBuffer> = none;
  #size = 0;
  #seen = 0;

  constructor(limits: MessageLimits, inflater: MessageInflater | undefined, lends = false) {
    this.#limits = limits;
    this.#inflater = inflater;
    this.#lends = lends;
  }

  /** `true` from the first frame of a message until it is taken. */
  get unfinished(): boolean {
    return this.#opcode !== Opcode.Continuation;
  }

  /** Whether it is compressed. */
  get compressed(): boolean {
    return this.#compressed;
  }

  /** Whether its payload is text as it arrives. */
  get isText(): boolean {
    return this.#opcode === Opcode.Text && !this.#compressed;
  }

  /** Bytes that the unfinished message holds, fragments and the window to inflate it charged. */
  get heldBytes(): number {
    const window = this.#compressed ? this.#inflater!.heldBytes : 0;
    return this.#bytes.length + this.#fragments * fragmentCharge + window;
  }

  /** Takes the header of the next data frame. Nothing is kept of a message that is too large. */
  startFrame(header: FrameHeader): void {
    // RFC 6455 §5.4: fragments of one message are not interleaved with those of another.
    if (header.opcode === Opcode.Continuation) {
      if (!this.unfinished) {
        throw new ProtocolError("PROTOCOL_ERROR", "Continuation frame without a message");
      }
    } else if (this.unfinished) {
      throw new ProtocolError("PROTOCOL_ERROR", "New message inside an unfinished one");
    } else {
      this.#opcode = header.opcode;
      this.#compressed = header.rsv1;
    }
    this.#fragments++;
    this.#declared += header.payloadLength;
    this.#lastFrame = header.fin;
    this.#checkLimits();
  }

  #checkLimits(): void {
    const { maxMessageSize, maxFragments } = this.#limits;
    const allowed = this.#compressed
      ? maxMessageSize + (maxMessageSize >>> 3) + compressedSlack
      : maxMessageSize;
    if (this.#declared > allowed) throw tooBig(maxMessageSize);
    // Many tiny fragments cost more than their bytes, so each is charged.
    const charged = Math.max(0, this.#fragments - freeFragments) * fragmentCharge;
    if (this.#fragments > maxFragments || charged > 2 * maxMessageSize) {
      throw new ProtocolError("POLICY_VIOLATION", "Message has too many fragments");
    }
  }

  /**
   * Takes unmasked payload of the frame that has started.
   *
   * @param seen As {@linkcode applyMask} returns it, or any value with bit 7 set if not known.
   * @param isFrameEnd Whether the frame ends with it: {@linkcode endFrame} follows.
   */
  push(bytes: Uint8Array, start: number, end: number, seen: number, isFrameEnd = false): void {
    if (!this.#compressed) return this.#append(bytes, start, end, seen);
    const last = isFrameEnd && this.#lastFrame;
    this.#inflater!.inflate(bytes.subarray(start, end), last, this.#appendInflated);
    this.#inflatedAll = last;
  }

  /**
   * Where `missing` more bytes of the frame's payload, or the first of them, can be read to. Bytes
   * that are pushed from there are in their place already.
   */
  room(missing: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#compressed) return undefined;
    if (this.#size === this.#bytes.length) this.#grow(this.#size + 1);
    return this.#bytes.subarray(this.#size, this.#size + missing);
  }

  /** Ends a frame. Returns the message if this was its last one. */
  endFrame(): string | Uint8Array | undefined {
    if (!this.#lastFrame) return undefined;
    if (this.#compressed && !this.#inflatedAll) {
      this.#inflater!.inflate(none, true, this.#appendInflated);
    }
    const isText = this.#opcode === Opcode.Text;
    if (isText && !this.#utf8.complete) throw invalidText();
    const message = isText
      ? decodeUtf8(this.#bytes, 0, this.#size, (this.#seen & 0x80) === 0)
      : this.#takeBytes();
    this.reset();
    return message;
  }

  /** Forgets the message. */
  reset(): void {
    this.#opcode = Opcode.Continuation;
    this.#compressed = this.#inflatedAll = false;
    this.#fragments = 0;
    this.#declared = 0;
    this.#dropBytes();
    this.#size = 0;
    this.#seen = 0;
    this.#utf8.reset();
  }

  #dropBytes(): void {
    if (this.#bytes === sharedBytes) isShared = false;
    this.#bytes = none;
  }

  readonly #appendInflated = (output: Uint8Array): void => {
    this.#append(output, 0, output.length, 0xff);
  };

  #append(bytes: Uint8Array, start: number, end: number, seen: number): void {
    const size = this.#size + end - start;
    if (size > this.#limits.maxMessageSize) throw tooBig(this.#limits.maxMessageSize);
    this.#seen |= seen;
    // RFC 6455 §8.1, checked inside the frame: the first impossible byte fails the connection.
    const isAscii = (seen & 0x80) === 0;
    if (this.#opcode === Opcode.Text && !(isAscii && this.#utf8.complete)) {
      if (!this.#utf8.push(bytes, start, end)) throw invalidText();
    }
    if (size > this.#bytes.length) this.#grow(size);
    if (bytes.buffer !== this.#bytes.buffer) {
      this.#bytes.set(bytes.subarray(start, end), this.#size);
    }
    this.#size = size;
  }

  /**
   * Memory follows what has arrived, at most fourfold, and sixteenfold from 64 KiB on if it is not
   * inflated: a header alone reserves nothing. Where the last frame's length is known the buffer
   * ends exactly there, and is handed over uncopied.
   */
  #grow(size: number): void {
    if (size <= sharedBytes.length && this.#mayShare) {
      isShared = true;
      this.#bytes = sharedBytes;
      return;
    }
    const exact = this.#lastFrame && !this.#compressed;
    const most = exact ? this.#declared : this.#limits.maxMessageSize;
    const factor = this.#size < 65_536 || this.#compressed ? 4 : 16;
    const wanted = exact ? factor * size : Math.max(256, factor * this.#bytes.length, size);
    const grown = this.#isLent
      ? exact && size >= leastWhole && takeKept(most) || takeBuffer(Math.min(most, wanted))
      : new Uint8Array(Math.min(most, wanted));
    grown.set(this.#bytes.subarray(0, this.#size));
    if (this.#isLent) keepBuffer(this.#bytes);
    this.#dropBytes();
    this.#bytes = grown;
  }

  get #mayShare(): boolean {
    return this.#compressed && this.#opcode === Opcode.Text && !isShared && this.#size === 0;
  }

  get #isLent(): boolean {
    return this.#lends && this.#opcode === Opcode.Binary;
  }

  #takeBytes(): Uint8Array {
    if (this.#size === this.#bytes.length) return this.#bytes;
    return this.#lends ? this.#bytes.subarray(0, this.#size) : this.#bytes.slice(0, this.#size);
  }
}

function tooBig(limit: number): ProtocolError {
  return new ProtocolError("MESSAGE_TOO_BIG", `Message is larger than ${limit} bytes`);
}

function invalidText(): ProtocolError {
  return new ProtocolError("INVALID_PAYLOAD", "Text is not valid UTF-8");
}
