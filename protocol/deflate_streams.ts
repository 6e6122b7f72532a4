/** Interfaces to compress and inflate the messages of a connection by any zlib. */

import type { DeflateOptions } from "./deflate_options.ts";

/** Settings of a {@linkcode MessageInflater}: what was agreed on for the peer's direction. */
export interface InflaterOptions {
  /** Window bits of the sender, from 8 to 15. */
  windowBits: number;
  /** Whether each message stands alone. */
  noContextTakeover: boolean;
}

/**
 * Settings of a {@linkcode MessageDeflater}: what was agreed on for our direction, and how hard to
 * try.
 */
export type DeflaterOptions = InflaterOptions & Pick<DeflateOptions, "level" | "memLevel">;

/** Compresses the messages of one connection. */
export interface MessageDeflater {
  /**
   * Compresses one message. With context takeover the result must be sent, and in this order:
   * later messages refer to it.
   *
   * @param payload The whole message.
   * @returns The compressed payload, valid until any deflater compresses again.
   */
  compress(payload: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Frees the memory that it holds. It must not compress any more. */
  close(): void;
}

/** Inflates the messages of one connection. */
export interface MessageInflater {
  /** Bytes of memory that it holds at present. */
  readonly heldBytes: number;
  /**
   * Inflates a part of a message as it arrives.
   *
   * @param part Bytes of the message's payload.
   * @param last Whether the message ends with this part.
   * @param emit Called with each piece of output, of 16 KiB at the most. The bytes are valid during
   * the call. It may compress but not inflate, and not close this. An error that it throws passes
   * through, and the inflater cannot be used any more.
   * @throws {ProtocolError} The data is corrupt, cut short, or has over 1,000 final blocks; the
   * inflater can then not be used any more.
   * @throws {TypeError} An earlier call has thrown, or it is closed.
   */
  inflate(part: Uint8Array, last: boolean, emit: (output: Uint8Array) => void): void;
  /** Frees the memory that it holds. It must not inflate any more. */
  close(): void;
}

/** Makes both for a connection. Numbers out of range are refused with a `RangeError`. */
export interface DeflateStreams {
  /** For what we send. */
  makeDeflater(options: DeflaterOptions): MessageDeflater;
  /** For what the peer sends. */
  makeInflater(options: InflaterOptions): MessageInflater;
}
