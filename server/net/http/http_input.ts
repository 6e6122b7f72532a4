/** What a peer has sent and nobody has taken yet. */

import type { MemoryAccount } from "../../types.ts";
import { countable } from "../memory_budget.ts";
import type { ReadBuffer, ReadBuffers } from "../read_buffers.ts";
import type { Socket } from "../listen/socket.ts";

const none = new Uint8Array(0);

/** The reading side of an HTTP connection: one read ahead at the most. */
export class HttpInput {
  readonly #socket: Socket;
  readonly #buffer: ReadBuffer;
  readonly #memory: MemoryAccount;
  /** Bytes of the buffer that are counted. */
  #counted = 0;
  /** What waits in the buffer: from here to there. */
  #start = 0;
  #end = 0;
  #filling: Promise<boolean> | undefined;

  constructor(socket: Socket, buffers: ReadBuffers, memory: MemoryAccount) {
    this.#socket = socket;
    this.#buffer = buffers.lend();
    this.#memory = memory;
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Shows the bytes that wait; the view is valid until the next `fill`. */
  peek(): Uint8Array {
    return this.#buffer.bytes.subarray(this.#start, this.#end);
  }

  /** Takes the first bytes; the view is valid until the next `fill`. */
  take(size: number): Uint8Array {
    const taken = this.peek().subarray(0, size);
    this.#start += taken.length;
    return taken;
  }

  /** Takes the first bytes and forgets them. */
  skip(size: number): void {
    this.#start += Math.min(size, this.length);
  }

  /**
   * Reads once, when everything has been taken. A second call while a read is pending waits for
   * the same read.
   *
   * @returns `false` at the end of the stream.
   */
  fill(): Promise<boolean> {
    return this.#filling ??= this.#read();
  }

  /** Nothing is expected soon: gives a large buffer back, unless bytes wait or a read is pending. */
  rest(): void {
    if (this.length > 0 || this.#filling !== undefined) return;
    this.#start = this.#end = 0;
    this.#buffer.shrink();
    this.#countBuffer();
  }

  async #read(): Promise<boolean> {
    try {
      if (this.#buffer.adapt(this.#end)) this.#countBuffer();
      const size = await this.#socket.read(this.#buffer.bytes);
      this.#start = 0;
      this.#end = size ?? 0;
      return size !== null;
    } finally {
      this.#filling = undefined;
    }
  }

  /** Takes everything as a copy and lets go of the buffer. No read may be pending or follow. */
  release(): Uint8Array {
    const rest = this.length === 0 ? none : this.peek().slice();
    this.#start = this.#end;
    this.#buffer.giveBack();
    this.#count(0);
    return rest;
  }

  #countBuffer(): void {
    this.#count(countable(this.#buffer.size));
  }

  #count(bytes: number): void {
    this.#memory.bytes += bytes - this.#counted;
    this.#counted = bytes;
  }

  /** Lets go of the buffer once the socket is closed and with it a pending read has ended. */
  async dispose(): Promise<void> {
    try {
      await this.#filling;
    } catch {
      // The read was waiting when the socket was closed.
    }
    this.release();
  }
}
