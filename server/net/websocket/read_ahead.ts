/** Reads on while a handler holds the messages back, so that pings can be answered. */

import type { Socket } from "../listen/socket.ts";

/**
 * Bytes that are read ahead of a slow handler.
 *
 * @limit bytes: the rest waits in the kernel, pings too
 */
const mostAhead = 64 * 1024;

/** So many reads are kept. @limit reads: the rest waits in the kernel, pings too */
const mostReads = 1024;

/** Bytes of one read. */
const readSize = 4 * 1024;

/**
 * The bytes that one connection has read ahead. Only one read is pending at a time, here or
 * elsewhere.
 */
export class ReadAhead {
  readonly #socket: Socket;
  readonly #onChunk: (chunk: Uint8Array) => void;
  readonly #chunks: Uint8Array[] = [];
  #isWanted = false;
  #pending: Promise<void> | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** Bytes that are kept. */
  size = 0;

  /** @param onChunk Called with what each read has brought. */
  constructor(socket: Socket, onChunk: (chunk: Uint8Array) => void) {
    this.#socket = socket;
    this.#onChunk = onChunk;
  }

  /** Goes on reading until {@linkcode ReadAhead.stop}, or as far as may be. */
  start(): void {
    this.#isWanted = true;
    this.#pending ??= this.#read();
  }

  /** Begins no further read. */
  stop(): void {
    this.#isWanted = false;
  }

  /**
   * Takes out what was read first, and waits for a read that is pending.
   *
   * @returns The bytes; `null` at the end of the stream, `undefined` where nothing is left and no
   * read is pending. Rejects as the read has.
   */
  async next(): Promise<Uint8Array | null | undefined> {
    this.stop();
    if (this.#chunks.length === 0) await this.#pending;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.size -= chunk.length;
      return chunk;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#ended ? null : undefined;
  }

  get #mayRead(): boolean {
    return this.#isWanted && !this.#ended && this.#failure === undefined &&
      this.size < mostAhead && this.#chunks.length < mostReads;
  }

  async #read(): Promise<void> {
    try {
      const buffer = new Uint8Array(readSize);
      while (this.#mayRead) {
        const size = await this.#socket.read(buffer);
        if (size === null) this.#ended = true;
        else this.#keep(buffer.slice(0, size));
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#pending = undefined;
  }

  #keep(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.size += chunk.length;
    this.#onChunk(chunk);
  }
}
