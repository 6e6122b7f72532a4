/** The reading side of a connection: from the socket through the protocol to the handlers. */

import type { Protocol } from "../../../protocol/mod.ts";
import { countable } from "../memory_budget.ts";
import type { ReadBuffer } from "../read_buffers.ts";
import type { Socket } from "../listen/socket.ts";
import type { ConnectionContext } from "./connection_context.ts";
import type { ConnectionTimer } from "./connection_timer.ts";
import type { EventHandlers } from "./event_handlers.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { SendQueue } from "./send_queue.ts";

const none = new Uint8Array(0);

/** The connection, as its reader sees it. */
export interface ReaderOwner {
  /** {@linkcode ConnectionReader.heldBytes} may have changed. */
  heldChanged(): void;
  /** The reading has ended by an error of ours. */
  handlerFailed(error: unknown): void;
  /** The peer sends pings and does not read their answers. */
  terminate(): void;
}

/** What a reader works with. */
export interface ReaderParts {
  readonly socket: Socket;
  readonly protocol: Protocol;
  readonly queue: SendQueue;
  readonly timer: ConnectionTimer;
  readonly handlers: EventHandlers;
  readonly owner: ReaderOwner;
}

/** The only place that reads from an open connection's socket. */
export class ConnectionReader {
  readonly #context: ConnectionContext;
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly #queue: SendQueue;
  readonly #timer: ConnectionTimer;
  readonly #handlers: EventHandlers;
  readonly #owner: ReaderOwner;
  readonly #buffer: ReadBuffer;
  /** A handler that must settle before the next message is read. */
  #unsettled: Promise<unknown> | undefined;
  /** Ends the waiting for it. */
  #stopWaiting: (() => void) | undefined;
  #stopped = false;
  /** Present since a handler was slow, until what was read meanwhile is received. */
  #ahead: ReadAhead | undefined;
  /** Other connections are served before the next piece of work. */
  #turnIsOver = false;
  /** Messages received. */
  messages = 0;
  /** Bytes received. */
  bytes = 0;

  constructor(context: ConnectionContext, parts: ReaderParts) {
    this.#context = context;
    this.#socket = parts.socket;
    this.#protocol = parts.protocol;
    this.#queue = parts.queue;
    this.#timer = parts.timer;
    this.#handlers = parts.handlers;
    this.#owner = parts.owner;
    this.#buffer = context.readBuffers.lendSlot();
  }

  /** Bytes that are kept for what has arrived, where they are not few. */
  get heldBytes(): number {
    const ahead = this.#ahead === undefined ? 0 : countable(this.#ahead.size);
    return this.#protocol.heldBytes + countable(this.#buffer.size) + ahead;
  }

  /** Whether a handler holds the reading back. */
  get awaitsHandler(): boolean {
    return this.#unsettled !== undefined;
  }

  /** Reads until the stream ends or the socket is closed. `rest` came behind the upgrade request. */
  async run(rest: Uint8Array): Promise<void> {
    try {
      await this.#receive(rest);
      rest = none; // or it would be held for as long as the loop runs
      for (;;) {
        if (this.#ahead !== undefined && !await this.#receiveAhead(this.#ahead)) break;
        const room = this.#protocol.payloadRoom();
        const size = await this.#socket.read(room ?? this.#buffer.bytes);
        if (size === null) break;
        const pending = this.#receive((room ?? this.#buffer.bytes).subarray(0, size));
        if (pending !== undefined) await pending;
        if (room === undefined && this.#buffer.adapt(size)) this.#bufferChanged();
      }
    } catch (error) {
      // The network's end of a connection, reset or closed by us, is reported as 1006.
      const isOurFault = error instanceof TypeError || error instanceof RangeError;
      if (isOurFault) this.#owner.handlerFailed(error);
    }
    this.#buffer.giveBack();
  }

  /** Takes one chunk. Returns a promise only where handlers must settle or others go first. */
  #receive(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#floodsWithPings()) this.#owner.terminate();
    this.#timer.keepalive.heard();
    this.bytes += chunk.length;
    this.#protocol.receive(chunk);
    this.#received();
    return this.#protocol.paused ? this.#waitWhilePaused() : undefined;
  }

  /** Many pings came in earlier reads, and the write of that time has not ended. */
  #floodsWithPings(): boolean {
    return this.#queue.writing &&
      this.#protocol.pendingPongs > this.#context.options.maxPendingPongs;
  }

  /** Follows up on the bytes just received: keepalive, memory, output. */
  #received(): void {
    const { keepalive } = this.#timer;
    if (!this.#protocol.unfinished) keepalive.messageEnded();
    else if (keepalive.awaitsMessage) this.#timer.messageBegan();
    this.#owner.heldChanged();
    if (this.#protocol.outputLength > 0) this.#queue.schedule();
  }

  /** A read that waits for long should not hold a large buffer. */
  #bufferChanged(): void {
    this.#owner.heldChanged();
    if (countable(this.#buffer.size) === 0) this.#timer.keepalive.leaveQuiet();
    else this.#timer.largeBufferHeld();
  }

  /** Shrinks the buffer after the next read that is small: a pong is likely to be that. */
  restBuffer(): void {
    this.#buffer.rest();
  }

  // ----- Messages, and what they wait for -----

  /** Dispatches a message that has arrived whole. */
  dispatch(data: string | Uint8Array): void {
    this.messages++;
    this.#timer.keepalive.messageEnded();
    const unsettled = this.#handlers.message(data);
    if (unsettled === undefined) return;
    this.#unsettled = unsettled;
    this.#protocol.pause();
  }

  /** A piece of work is done. Returns the size of the next, before which others may be served. */
  worked(): number {
    const { turns } = this.#context;
    if (turns.over()) {
      this.#turnIsOver = true;
      this.#protocol.pause();
    }
    return turns.piece;
  }

  async #waitWhilePaused(): Promise<void> {
    while (this.#protocol.paused) {
      if (this.#unsettled !== undefined) await this.#settled(this.#unsettled);
      this.#ahead?.stop();
      if (this.#turnIsOver) await this.#context.turns.next();
      this.#unsettled = undefined;
      this.#turnIsOver = false;
      this.#protocol.resume();
      this.#received();
    }
    this.#timer.keepalive.heard(); // what came meanwhile is read only now
  }

  /** Waits for the handlers, but no longer than the socket is open. */
  #settled(unsettled: Promise<unknown>): Promise<void> {
    this.#timer.handlerWaits();
    return new Promise((resolve) => {
      this.#stopWaiting = resolve;
      if (this.#stopped) resolve();
      unsettled.then(() => resolve(), () => resolve());
    });
  }

  /** Waits for no handler any more: the socket is closed. */
  stop(): void {
    this.#stopped = true;
    this.#stopWaiting?.();
  }

  // ----- Reading ahead of a slow handler -----

  /** Reads on while a handler takes long, so that its peer gets answers to pings. */
  lookAhead(): void {
    this.#ahead ??= new ReadAhead(this.#socket, (chunk) => this.#lookThrough(chunk));
    this.#lookThrough(none);
    this.#ahead.start();
  }

  #lookThrough(chunk: Uint8Array): void {
    this.#protocol.lookAhead(chunk);
    this.#owner.heldChanged();
    if (this.#protocol.outputLength > 0) this.#queue.schedule();
    const isHeld = this.#unsettled !== undefined && this.#protocol.state === "open";
    if (isHeld && chunk.length > 0) this.#handlers.tell("waiting");
  }

  /** Receives what was read ahead. Returns `false` at the end of the stream. */
  async #receiveAhead(ahead: ReadAhead): Promise<boolean> {
    for (let chunk; (chunk = await ahead.next()) !== undefined;) {
      if (chunk === null) return false;
      await this.#receive(chunk);
    }
    this.#ahead = undefined;
    return true;
  }
}
