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

/**
 * A connection is new up to so many messages: where newcomers in hundreds wait for their turn, those
 * that have been there do not wait behind them.
 */
const newcomerMessages = 4;

/** The connection, as its reader sees it. */
export interface ReaderOwner {
  readonly context: ConnectionContext;
  readonly socket: Socket;
  readonly protocol: Protocol;
  readonly queue: SendQueue;
  readonly timer: ConnectionTimer;
  readonly handlers: EventHandlers;
  /** {@linkcode ConnectionReader.heldBytes} may have changed. */
  heldChanged(): void;
  /** The reading has ended by an error of ours. */
  handlerFailed(error: unknown): void;
  /** Nothing is read any more. Called, not awaited: an async function more takes 0.3 KB when idle. */
  readingEnded(): void;
  /** The peer sends pings and does not read their answers. */
  terminate(): void;
}

/** The only place that reads from an open connection's socket. */
export class ConnectionReader {
  /** Has the other parts: to name each here as well would take memory of idle connections. */
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

  constructor(owner: ReaderOwner) {
    this.#owner = owner;
    this.#buffer = owner.context.readBuffers.lendSlot();
  }

  /** Bytes that are kept for what has arrived, where they are not few. */
  get heldBytes(): number {
    const ahead = this.#ahead === undefined ? 0 : countable(this.#ahead.size);
    return this.#owner.protocol.heldBytes + countable(this.#buffer.size) + ahead;
  }

  /** Whether a handler holds the reading back. */
  get awaitsHandler(): boolean {
    return this.#unsettled !== undefined;
  }

  /** Reads until the stream ends or the socket is closed. `rest` came behind the upgrade request. */
  async run(rest: Uint8Array): Promise<void> {
    const { turns } = this.#owner.context;
    try {
      await this.#receive(rest);
      rest = none; // or it would be held for as long as the loop runs
      for (;;) {
        if (this.#ahead !== undefined && !await this.#receiveAhead(this.#ahead)) break;
        const room = this.#owner.protocol.payloadRoom();
        const size = await this.#owner.socket.read(room ?? this.#buffer.bytes);
        if (size === null) break;
        if (this.messages < newcomerMessages && turns.overAtRead()) {
          await turns.next();
          if (this.#stopped) break;
        }
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
    this.#owner.readingEnded();
  }

  /** Takes one chunk. Returns a promise only where handlers must settle or others go first. */
  #receive(chunk: Uint8Array): Promise<void> | undefined {
    const { protocol, timer } = this.#owner;
    if (this.#floodsWithPings()) this.#owner.terminate();
    timer.keepalive.received();
    this.bytes += chunk.length;
    protocol.receive(chunk);
    this.#received();
    return protocol.paused ? this.#waitWhilePaused() : undefined;
  }

  /** Many pings came in earlier reads, and the write of that time has not ended. */
  #floodsWithPings(): boolean {
    return this.#owner.queue.writing &&
      this.#owner.protocol.pendingPongs > this.#owner.context.options.maxPendingPongs;
  }

  /** Follows up on the bytes just received: keepalive, memory, output. */
  #received(): void {
    const { protocol, queue, timer } = this.#owner;
    if (!protocol.unfinished) timer.keepalive.messageEnded();
    else if (timer.keepalive.awaitsMessage) timer.messageBegan();
    this.#owner.heldChanged();
    if (protocol.outputLength > 0) queue.schedule();
  }

  /** A read that waits for long should not hold a large buffer. */
  #bufferChanged(): void {
    this.#owner.heldChanged();
    if (countable(this.#buffer.size) === 0) this.#owner.timer.keepalive.stopProbing();
    else this.#owner.timer.largeBufferHeld();
  }

  /** Shrinks the buffer after the next read that is small: a pong is likely to be that. */
  restBuffer(): void {
    this.#buffer.shrinkLater();
  }

  // ----- Messages, and what they wait for -----

  /** Dispatches a message that has arrived whole. */
  dispatch(data: string | Uint8Array): void {
    this.messages++;
    this.#owner.timer.keepalive.messageEnded();
    const unsettled = this.#owner.handlers.message(data);
    if (unsettled === undefined) return;
    this.#unsettled = unsettled;
    this.#owner.protocol.pause();
  }

  /** A piece of work is done. Returns the size of the next, before which others may be served. */
  worked(): number {
    const { turns } = this.#owner.context;
    if (turns.over()) {
      this.#turnIsOver = true;
      this.#owner.protocol.pause();
    }
    return turns.piece;
  }

  async #waitWhilePaused(): Promise<void> {
    while (this.#owner.protocol.paused) {
      if (this.#unsettled !== undefined) await this.#settled(this.#unsettled);
      // A handler that was not waited for may have been lent what lies in there.
      if (this.#unsettled !== undefined) this.#buffer.abandon();
      this.#unsettled = undefined;
      this.#ahead?.stop();
      if (this.#turnIsOver) await this.#owner.context.turns.next();
      this.#turnIsOver = false;
      this.#owner.protocol.resume();
      this.#received();
    }
    this.#owner.timer.keepalive.received(); // what came meanwhile is read only now
  }

  /** Waits for the handlers, but no longer than the socket is open. */
  #settled(unsettled: Promise<unknown>): Promise<void> {
    this.#owner.timer.handlerWaits();
    return new Promise((resolve) => {
      this.#stopWaiting = resolve;
      if (this.#stopped) resolve();
      const settled = () => {
        this.#unsettled = undefined;
        resolve();
      };
      unsettled.then(settled, settled);
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
    this.#ahead ??= new ReadAhead(this.#owner.socket, (chunk) => this.#lookThrough(chunk));
    this.#lookThrough(none);
    this.#ahead.start();
  }

  #lookThrough(chunk: Uint8Array): void {
    this.#owner.protocol.lookAhead(chunk);
    this.#owner.heldChanged();
    if (this.#owner.protocol.outputLength > 0) this.#owner.queue.schedule();
    const isHeld = this.#unsettled !== undefined && this.#owner.protocol.state === "open";
    if (isHeld && chunk.length > 0) this.#owner.handlers.emit("waiting");
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
