/** The bytes of one HTTP connection in both directions, and by when they must move on. */

import { encodeLatin1 } from "../../../protocol/latin1.ts";
import type { MemoryAccount } from "../../types.ts";
import type { Socket } from "../listen/socket.ts";
import { countable } from "../memory_budget.ts";
import type { ReadBuffer, ReadBuffers } from "../read_buffers.ts";
import type { Turns } from "../turns.ts";
import type { BodySource } from "./request_body.ts";
import { encodeContinue } from "./response_head.ts";

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

/** The parts that a stream shares with its connection and its server. */
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

/** Responses of so many bytes are written from a buffer that is lent, of this step. */
const smallResponse = 1024;
const smallStep = 1;

/** Whether a response of so many bytes is small. */
export function isSmall(bytes: number): boolean {
  return bytes <= smallResponse;
}

const none: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();

function ignore(): void {}

/** Puts a body behind its head, whose characters are mostly ASCII. */
function joinHead(
  head: string,
  body: Uint8Array,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const { read, written } = encoder.encodeInto(head, bytes);
  if (read < head.length || written > head.length) bytes.set(encodeLatin1(head));
  bytes.set(body, head.length);
  return bytes;
}

/** Reads and writes for the HTTP loop. Its owner closes it when `deadline` has passed. */
export class HttpStream implements BodySource {
  readonly #socket: Socket;
  readonly #context: StreamContext;
  readonly #memory: MemoryAccount;

  // Read side: the bytes that wait in the buffer are those from `start` to `end`.
  readonly #buffer: ReadBuffer;
  #start = 0;
  #end = 0;
  #reading: Promise<boolean> | undefined;
  /** Bytes of the buffer that are counted. */
  #bufferCounted = 0;
  #readBy = Infinity;
  #bodyTime = 0;
  #onPeerEnd: () => void = ignore;

  // Write side.
  #writeBy = Infinity;
  #isWriting = false;
  /** What is left of a small response, and the buffer that it is in. */
  #small = none;
  #lent: Uint8Array<ArrayBuffer> | undefined;
  #sent = 0;
  #ending = false;
  #closed = false;

  constructor(socket: Socket, context: StreamContext) {
    this.#socket = socket;
    this.#context = context;
    this.#memory = context.memory;
    this.#buffer = context.readBuffers.lend();
  }

  /**
   * When the first of the things that are waited for must have happened. The time of a small write
   * starts at the first look, a sweep later at the most: nearly all have ended by then.
   */
  get deadline(): number {
    if (this.#isWriting && this.#writeBy === Infinity) {
      this.#writeBy = this.#context.now() + this.#context.bodyTimeout;
    }
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

  // ----- What has been read -----

  get length(): number {
    return this.#end - this.#start;
  }

  /** Shows the bytes that wait; the view is valid until the next read. */
  peek(): Uint8Array {
    return this.#buffer.bytes.subarray(this.#start, this.#end);
  }

  /** Takes the first bytes; the view is valid until the next read. */
  take(size: number): Uint8Array {
    const taken = this.peek().subarray(0, size);
    this.#start += taken.length;
    return taken;
  }

  /** Drops the first bytes. */
  skip(size: number): void {
    this.#start += Math.min(size, this.length);
  }

  /** Takes everything as a copy and gives the buffer back. No read may be pending or follow. */
  release(): Uint8Array {
    const rest = this.length === 0 ? none : this.peek().slice();
    this.#start = this.#end;
    this.#buffer.giveBack();
    this.#countBuffer(0);
    return rest;
  }

  // ----- Reading -----

  /**
   * Reads once, when everything has been taken. A second call while a read is pending waits for the
   * same read.
   *
   * @returns `false` at the end of the stream.
   */
  readAhead(): Promise<boolean> {
    return this.#reading ??= this.#read();
  }

  /** The same where nothing is expected soon: an idle connection holds a small buffer. */
  awaitRequest(): Promise<boolean> {
    if (this.length === 0 && this.#reading === undefined) this.#shrink();
    return this.readAhead();
  }

  /** Whether a read of {@linkcode HttpStream.readAhead} is pending. */
  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /**
   * Begins what `readAhead` does, or `awaitRequest` if `isIdle`, for one who lets nobody else read
   * meanwhile: {@linkcode HttpStream.endRead} takes what has come of it.
   */
  beginRead(isIdle: boolean): Promise<number | null> {
    if (isIdle) this.#shrink();
    else this.#adapt();
    return this.#socket.read(this.#buffer.bytes);
  }

  /** Ends a read. Returns `false` at the end of the stream. */
  endRead(size: number | null): boolean {
    this.#start = 0;
    this.#end = size ?? 0;
    return size !== null;
  }

  #shrink(): void {
    this.#start = this.#end = 0;
    this.#buffer.shrink();
    this.#countBuffer(countable(this.#buffer.size));
  }

  #adapt(): void {
    if (this.#buffer.adapt(this.#end)) this.#countBuffer(countable(this.#buffer.size));
  }

  /** Reads ahead, and calls `onEnd` should the peer go before {@linkcode HttpStream.unwatch}. */
  watch(onEnd: () => void): void {
    this.#onPeerEnd = onEnd;
    const end = () => this.#onPeerEnd();
    this.awaitRequest().then((more) => more || end(), end);
  }

  /** Drops what `watch` was given; the read goes on, maybe for long. */
  unwatch(): void {
    this.#onPeerEnd = ignore;
  }

  /** Sets by when the read that is pending or the next must bring what is waited for. */
  readBy(time: number): void {
    this.#readBy = time;
  }

  /** Resets for the next request: its body has all its time, and nothing of a response is sent. */
  beginRequest(): void {
    this.#bodyTime = this.#context.bodyTimeout;
    this.#sent = 0;
  }

  /** Reads a part of a body. The time for the whole body is not renewed by bytes. */
  async fill(): Promise<boolean> {
    const { now, turns } = this.#context;
    const start = now();
    if (!this.#ending) this.#readBy = start + this.#bodyTime;
    try {
      const more = await this.readAhead();
      if (turns.over()) await turns.next();
      return more;
    } finally {
      this.#bodyTime -= now() - start;
      // A body that is given up is still being read when the connection ends.
      if (!this.#ending) this.#readBy = Infinity;
    }
  }

  hold(bytes: number): void {
    this.#memory.bytes += bytes;
  }

  async #read(): Promise<boolean> {
    try {
      return this.endRead(await this.beginRead(false));
    } finally {
      this.#reading = undefined;
    }
  }

  #countBuffer(bytes: number): void {
    if (bytes === this.#bufferCounted) return;
    this.#memory.bytes += bytes - this.#bufferCounted;
    this.#bufferCounted = bytes;
  }

  // ----- Writing -----

  /**
   * Writes all of some bytes. Each write that moves them on renews the deadline. A peer that asks
   * without pause, or takes a long response as fast as it comes, waits for its turn in here.
   */
  async send(bytes: Uint8Array): Promise<void> {
    const { now, turns, bodyTimeout } = this.#context;
    let rest = bytes;
    let counted = countable(bytes.length);
    if (counted > 0) this.#memory.bytes += counted;
    try {
      while (rest.length > 0) {
        this.#writeBy = now() + bodyTimeout;
        const written = await this.#socket.write(rest);
        this.#wrote(written);
        rest = written === rest.length ? none : rest.subarray(written);
        if (counted > 0) {
          this.#memory.bytes += rest.length - counted;
          counted = rest.length;
        }
        if (turns.over()) await turns.next();
      }
    } finally {
      if (counted > 0) this.#memory.bytes -= counted;
      this.#wrote(0);
    }
  }

  /** Writes a head of Latin-1 characters, and what follows it, in one write. */
  async sendHead(head: string, body: Uint8Array): Promise<void> {
    if (isSmall(head.length + body.length)) return await this.#finish(this.beginHead(head, body));
    await this.send(joinHead(head, body, new Uint8Array(head.length + body.length)));
  }

  /** Writes bytes that others write, too. */
  async sendShared(bytes: Uint8Array): Promise<void> {
    if (isSmall(bytes.length)) return await this.#finish(this.beginSmall(bytes));
    await this.send(bytes);
  }

  /**
   * Begins to write a small response, whose bytes count nowhere: {@linkcode HttpStream.endSmall}
   * takes what has come of it. Two functions, as a promise of our own for each takes half a
   * microsecond.
   */
  beginSmall(bytes: Uint8Array): Promise<number> {
    this.#small = bytes;
    this.#isWriting = true;
    return this.#socket.write(bytes);
  }

  /** The same with a head and what follows it. */
  beginHead(head: string, body: Uint8Array): Promise<number> {
    // To allocate the bytes of a small response takes longer than to fill them.
    const lent = this.#lent = this.#context.readBuffers.take(smallStep);
    return this.beginSmall(joinHead(head, body, lent).subarray(0, head.length + body.length));
  }

  /**
   * Ends a small write. Returns `false` where {@linkcode HttpStream.restOfSmall} is to be waited
   * for: not all was written, or others have their turn.
   */
  endSmall(written: number): boolean {
    this.#wrote(written);
    if (written < this.#small.length) this.#small = this.#small.subarray(written);
    else this.#forgetSmall();
    return this.#small.length === 0 && !this.#context.turns.over();
  }

  /** Writes what is left of a small response, and waits for the next turn. */
  async restOfSmall(): Promise<void> {
    if (this.#small.length === 0) return await this.#context.turns.next();
    await this.send(this.#small);
    this.#forgetSmall();
  }

  async #finish(write: Promise<number>): Promise<void> {
    if (!this.endSmall(await write)) await this.restOfSmall();
  }

  #forgetSmall(): void {
    if (this.#lent !== undefined) this.#context.readBuffers.keep(smallStep, this.#lent);
    this.#lent = undefined;
    this.#small = none;
  }

  #wrote(bytes: number): void {
    this.#sent += bytes;
    this.#isWriting = false;
    this.#writeBy = Infinity;
  }

  async sendContinue(): Promise<void> {
    await this.#socket.write(encodeContinue());
  }

  // ----- Ending -----

  /** Half-close: the peer sees the end behind the last response. */
  async endWriting(): Promise<void> {
    this.#ending = true;
    this.#readBy = this.#context.now() + lingerTimeout;
    await this.#socket.closeWrite();
  }

  /**
   * Ends the connection so that the peer sees the last response: to close a socket with unread
   * bytes resets it, and a reset overtakes what was written. RFC 9112 §9.6.
   */
  async end(): Promise<void> {
    await this.endWriting();
    do this.skip(this.length); while (await this.readAhead());
  }

  /** Closes the socket; pending reads and writes reject. */
  close(): void {
    this.#closed = true;
    this.#readBy = Infinity;
    this.#wrote(0);
    this.#socket.close();
  }

  /** Gives the read buffer back, after `close` has ended a pending read. */
  async dispose(): Promise<void> {
    try {
      await this.#reading;
    } catch {
      // The read was waiting when the socket was closed.
    }
    this.release();
  }
}
