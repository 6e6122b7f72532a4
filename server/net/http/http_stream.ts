/** The bytes of one HTTP connection in both directions, and by when they must move on. */

import type { MemoryAccount } from "../../types.ts";
import { HttpInput } from "./http_input.ts";
import type { ReadBuffers } from "../read_buffers.ts";
import type { BodySource } from "./request_body.ts";
import { encodeContinue } from "./response_head.ts";
import type { Socket } from "../listen/socket.ts";
import type { Turns } from "../turns.ts";

/** How patient an HTTP connection is, in milliseconds. */
export interface StreamTimeouts {
  /**
   * For the body of a request: all time spent waiting for its bytes. For a response: the time in
   * which the peer must take some of it. Then the connection is cut.
   *
   * @default {60_000}
   */
  bodyTimeout: number;
}

/** What a stream shares with its connection and its server. */
export interface StreamContext extends StreamTimeouts {
  readonly readBuffers: ReadBuffers;
  /** A clock in milliseconds that never jumps. */
  readonly now: () => number;
  /** Counts what the connection holds. */
  readonly memory: MemoryAccount;
  readonly turns: Turns;
}

/**
 * After the last response the peer has this long to end TCP on its side. Milliseconds.
 *
 * @limit ms: TCP is destroyed
 */
const lingerTimeout = 2_000;

function ignore(): void {}

/** Reads and writes for the HTTP loop. Its owner closes it when `deadline` has passed. */
export class HttpStream implements BodySource {
  readonly #socket: Socket;
  readonly #input: HttpInput;
  readonly #now: () => number;
  readonly #bodyTimeout: number;
  readonly #memory: MemoryAccount;
  readonly #turns: Turns;
  #readBy = Infinity;
  #writeBy = Infinity;
  #bodyTime = 0;
  #gone: () => void = ignore;
  #ending = false;
  #closed = false;
  #sent = 0;

  constructor(socket: Socket, context: StreamContext) {
    this.#socket = socket;
    this.#input = new HttpInput(socket, context.readBuffers, context.memory);
    this.#now = context.now;
    this.#bodyTimeout = context.bodyTimeout;
    this.#memory = context.memory;
    this.#turns = context.turns;
  }

  /** When the first of the things that are waited for must have happened. */
  get deadline(): number {
    return Math.min(this.#readBy, this.#writeBy);
  }

  /** `true` once the socket is closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes sent since the last request began. */
  get sent(): number {
    return this.#sent;
  }

  // ----- Reading -----

  /** How many bytes wait. */
  get length(): number {
    return this.#input.length;
  }

  /** Shows the bytes that wait. */
  peek(): Uint8Array {
    return this.#input.peek();
  }

  /** Takes the first bytes. */
  take(size: number): Uint8Array {
    return this.#input.take(size);
  }

  /** Takes the first bytes and forgets them. */
  skip(size: number): void {
    this.#input.skip(size);
  }

  /** Takes what waits as a copy and ends the reading. */
  release(): Uint8Array {
    return this.#input.release();
  }

  /** Reads without a deadline of its own; `false` at the end of the stream. */
  readAhead(): Promise<boolean> {
    return this.#input.fill();
  }

  /** The same where nothing is expected soon: a connection that waits holds a small buffer. */
  awaitRequest(): Promise<boolean> {
    this.#input.rest();
    return this.#input.fill();
  }

  /** Reads ahead, and calls `gone` should the peer go before {@linkcode HttpStream.unwatch}. */
  watch(gone: () => void): void {
    this.#gone = gone;
    const end = () => this.#gone();
    this.awaitRequest().then((more) => more || end(), end);
  }

  /** Lets go of what `watch` was given; the read goes on, maybe for long. */
  unwatch(): void {
    this.#gone = ignore;
  }

  /** Sets by when the read that is pending or the next must bring what is waited for. */
  readBy(time: number): void {
    this.#readBy = time;
  }

  /** A request begins: its body has all its time, and nothing of a response is sent. */
  beginRequest(): void {
    this.#bodyTime = this.#bodyTimeout;
    this.#sent = 0;
  }

  /** Reads a part of a body. The time for the whole body is not renewed by bytes. */
  async fill(): Promise<boolean> {
    const start = this.#now();
    if (!this.#ending) this.#readBy = start + this.#bodyTime;
    try {
      const more = await this.#input.fill();
      if (this.#turns.over()) await this.#turns.next();
      return more;
    } finally {
      this.#bodyTime -= this.#now() - start;
      // A body that is given up is still being read when the connection ends.
      if (!this.#ending) this.#readBy = Infinity;
    }
  }

  /** See {@linkcode BodySource.hold}. */
  hold(bytes: number): void {
    this.#memory.bytes += bytes;
  }

  // ----- Writing -----

  /**
   * Writes all of some bytes. Each write that moves them on renews the deadline. A peer that asks
   * without pause, or takes a long response as fast as it comes, waits for its turn in here.
   */
  async send(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    this.#memory.bytes += rest.length;
    try {
      while (rest.length > 0) {
        this.#writeBy = this.#now() + this.#bodyTimeout;
        const written = await this.#socket.write(rest);
        this.#sent += written;
        this.#memory.bytes -= written;
        rest = rest.subarray(written);
        if (this.#turns.over()) await this.#turns.next();
      }
    } finally {
      this.#memory.bytes -= rest.length;
      this.#writeBy = Infinity;
    }
  }

  /** See {@linkcode BodySource.sendContinue}. */
  async sendContinue(): Promise<void> {
    await this.#socket.write(encodeContinue());
  }

  // ----- Ending -----

  /** Half-close: the peer sees the end behind the last response. */
  async endWriting(): Promise<void> {
    this.#ending = true;
    this.#readBy = this.#now() + lingerTimeout;
    await this.#socket.closeWrite();
  }

  /**
   * Ends the connection so that the peer sees the last response: to close a socket with unread
   * bytes resets it, and a reset overtakes what was written. RFC 9112 §9.6.
   */
  async end(): Promise<void> {
    await this.endWriting();
    do this.#input.skip(this.length); while (await this.#input.fill());
  }

  /** Closes the socket; whatever is pending rejects. */
  close(): void {
    this.#closed = true;
    this.#readBy = Infinity;
    this.#writeBy = Infinity;
    this.#socket.close();
  }

  /** Lets go of the read buffer, after `close`. */
  dispose(): Promise<void> {
    return this.#input.dispose();
  }
}
