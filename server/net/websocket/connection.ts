/** An open connection: drives a Protocol over a socket, and is what the application holds. */

import {
  CloseCode,
  Prepared,
  Protocol,
  type ProtocolHandler,
  type ProtocolOptions,
} from "../../../protocol/mod.ts";
import { checkOptions } from "../../../protocol/option_checks.ts";
import type {
  CloseInfo,
  Connection,
  ConnectionEvents,
  ConnectionState,
  MemoryAccount,
  MemoryHolder,
  PreparedMessage,
  SendOptions,
  SendResult,
  Traffic,
} from "../../types.ts";
import type {
  ConnectionContext,
  ConnectionOpening,
  CountedConnection,
} from "./connection_context.ts";
import type { DeadlineItem } from "../deadlines.ts";
import { EventHandlers, type EventOwner } from "./event_handlers.ts";
import { Keepalive } from "./keepalive.ts";
import type { Seat } from "../members.ts";
import { countable } from "../memory_budget.ts";
import { MessageStream } from "./message_stream.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { ReadBuffer } from "../read_buffers.ts";
import { SendQueue, type SendQueueOwner } from "./send_queue.ts";
import type { Socket } from "../listen/socket.ts";

/**
 * After the last word, the peer has this long to end TCP on its side. Milliseconds.
 *
 * @limit ms: TCP is destroyed
 */
const lingerTimeout = 2_000;

/** After so long in a handler, what its peer sends is looked at for pings. Milliseconds. */
const lookAheadAfter = 1_000;

/**
 * A peer that is still taking what waits may make the closing handshake so many times longer.
 *
 * @limit times closeTimeout: TCP is destroyed, whatever still waits
 */
const longestClosing = 12;

const none = new Uint8Array(0);

/** A WebSocket connection over a socket. */
export class SocketConnection implements Connection, DeadlineItem {
  /** What the parts of a connection call: one object, where closures would be most of them all. */
  static readonly #Observer = class
    implements ProtocolHandler, SendQueueOwner, EventOwner, MemoryHolder {
    readonly #connection: SocketConnection;

    constructor(connection: SocketConnection) {
      this.#connection = connection;
    }

    message(data: string | Uint8Array): void {
      this.#connection.#receiveMessage(data);
    }

    ping(data: Uint8Array): void {
      this.#connection.#handlers.control("ping", data);
    }

    pong(data: Uint8Array): void {
      this.#connection.#handlers.control("pong", data);
    }

    closed(close: CloseInfo): void {
      this.#connection.#end(close);
    }

    now(): number {
      return this.#connection.#context.deadlines.now();
    }

    heldChanged(): void {
      this.#connection.#countMemory();
    }

    sharedGrew(bytes: number): void {
      this.#connection.#context.memory.sharedBytes += bytes;
    }

    worked(): number {
      return this.#connection.#worked();
    }

    drained(): void {
      this.#connection.#handlers.tell("drain");
    }

    finished(): void {
      this.#connection.#endWriting();
    }

    writeFailed(): void {
      this.#connection.#closeSocket();
    }

    handlerFailed(error: unknown): void {
      this.#connection.#handlerFailed(error);
    }

    evict(): void {
      this.#connection.#evict();
    }
  };

  readonly #context: ConnectionContext;
  readonly #socket: Socket;
  readonly #opening: ConnectionOpening;
  readonly #protocol: Protocol;
  readonly #queue: SendQueue;
  readonly #keepalive: Keepalive;
  readonly #buffer: ReadBuffer;
  #request: Request | undefined;
  readonly #handlers: EventHandlers;
  /** A handler that must settle before the next message is read. */
  #unsettled: Promise<unknown> | undefined;
  /** Present since a handler was slow, until what was read meanwhile is received. */
  #ahead: ReadAhead | undefined;
  /** Others are to go on before the next piece of work. */
  #turnIsOver = false;
  #stopWaiting: (() => void) | undefined;
  /** Opened when there is something to count. */
  #memory: MemoryAccount | undefined;
  #id: string | undefined;
  #messagesIn = 0;
  #messagesOut = 0;
  #bytesIn = 0;
  #closed = false;
  #readEnded = false;
  #socketClosed = false;
  /** See {@linkcode DeadlineItem}. */
  deadline: number;
  /** When the closing is over, whatever the peer takes; `Infinity` while it has not begun. */
  #closingBound = Infinity;
  /** See {@linkcode DeadlineItem}. */
  seat: Seat<DeadlineItem> | undefined;
  /** See {@linkcode CountedConnection}. */
  membership: Seat<CountedConnection> | undefined;

  constructor(
    socket: Socket,
    opening: ConnectionOpening,
    protocol: ProtocolOptions,
    context: ConnectionContext,
  ) {
    this.#context = context;
    this.#socket = socket;
    this.#opening = opening;
    const observer = new SocketConnection.#Observer(this);
    this.#handlers = new EventHandlers(observer);
    this.#protocol = new Protocol("server", protocol, observer);
    const { cork, options } = context;
    this.#queue = new SendQueue(socket, this.#protocol, cork, options, observer);
    this.#keepalive = new Keepalive(options, context.deadlines.now());
    this.#buffer = context.readBuffers.lendSlot();
    this.deadline = this.#keepalive.deadline;
    context.deadlines.add(this);
    this.#countMemory();
  }

  get id(): string {
    return this.#id ??= crypto.randomUUID();
  }

  get request(): Request {
    return this.#request ??= this.#opening.record.makeRequest();
  }

  get remoteAddress(): string {
    return this.#opening.remoteAddress;
  }

  get protocol(): string {
    return this.#opening.protocol;
  }

  get data(): unknown {
    return this.#opening.data;
  }

  get state(): ConnectionState {
    return this.#closed ? "closed" : this.#protocol.state;
  }

  get bufferedAmount(): number {
    return this.#queue.size;
  }

  /** See {@linkcode CountedConnection}. */
  get unfinishedBytes(): number {
    return this.#protocol.heldBytes;
  }

  /** What has gone over it so far. */
  get traffic(): Traffic {
    return {
      messagesIn: this.#messagesIn,
      messagesOut: this.#messagesOut,
      bytesIn: this.#bytesIn,
      bytesOut: this.#queue.written,
    };
  }

  // ----- Events -----

  on<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this {
    this.#handlers.on(name, handler);
    return this;
  }

  off<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this {
    this.#handlers.off(name, handler);
    return this;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return new MessageStream(this);
  }

  /**
   * Sends the 101 response and calls the handler of new connections: what that sends leaves in the
   * same write. Messages wait for the handlers that it adds.
   */
  open(response: Uint8Array, handler: (connection: Connection) => unknown): void {
    this.#protocol.sendEncoded(response);
    this.#queue.schedule();
    try {
      this.#handlers.opening(handler(this));
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  #receiveMessage(data: string | Uint8Array): void {
    this.#messagesIn++;
    this.#keepalive.messageEnded();
    const unsettled = this.#handlers.message(data);
    if (unsettled === undefined) return;
    this.#unsettled = unsettled;
    this.#protocol.pause();
  }

  #handlerFailed(error: unknown): void {
    this.#context.handlerFailed(error);
    this.#protocol.fail(CloseCode.InternalError, "Internal error");
  }

  // ----- Sending -----

  send(
    data: string | Uint8Array | ArrayBuffer | PreparedMessage,
    options?: SendOptions,
  ): SendResult {
    if (this.#protocol.state !== "open" || this.#closed) return "dropped";
    if (this.#queue.isFull && !this.#admit()) return this.#refuse();
    const compress = options === undefined || compressOf(options);
    if (typeof data === "string" || data instanceof Uint8Array) this.#queue.send(data, compress);
    else if (data instanceof Prepared) this.#queue.sendPrepared(data, compress);
    else this.#queue.send(toBytes(data), compress);
    this.#messagesOut++;
    return this.#queue.size > this.#context.options.highWaterMark ? "queued" : "sent";
  }

  prepare(data: string | Uint8Array): PreparedMessage {
    return new Prepared(data);
  }

  /** The queue is full, which says nothing of the peer before it had time to read. */
  #admit(): boolean {
    const admitted = this.#queue.admits(this.#context.deadlines.now());
    this.deadline = Math.min(this.deadline, this.#queue.deadline);
    return admitted;
  }

  #refuse(): SendResult {
    this.#context.messageDropped();
    if (this.#context.options.onQueueFull === "close") this.#failSlow();
    return "dropped";
  }

  #failSlow(): void {
    this.#queue.discard();
    this.#protocol.fail(CloseCode.TryAgainLater, "slow consumer");
  }

  ping(data?: Uint8Array): void {
    this.#queue.ping(data);
  }

  drained(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#queue.drained();
  }

  close(code?: number, reason?: string): void {
    const wasOpen = this.#protocol.state === "open";
    this.#protocol.close(code, reason);
    if (!wasOpen) return;
    this.#setClosingDeadline(this.#context.options.closeTimeout);
    this.#queue.schedule();
  }

  terminate(): void {
    this.#closeSocket();
  }

  // ----- Reading -----

  /** Reads until the connection has ended. `rest` came behind the upgrade request. */
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
      this.#readFailed(error);
    }
    this.#endReading();
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

  /** A handler is slow: its peer must not take us for dead. */
  #readAhead(): void {
    this.#ahead ??= new ReadAhead(this.#socket, (chunk) => this.#lookAhead(chunk));
    this.#lookAhead(none);
    this.#ahead.start();
  }

  #lookAhead(chunk: Uint8Array): void {
    this.#protocol.lookAhead(chunk);
    this.#countMemory();
    if (this.#protocol.outputLength > 0) this.#queue.schedule();
    const isHeld = this.#unsettled !== undefined && this.#protocol.state === "open";
    if (isHeld && chunk.length > 0) this.#handlers.tell("waiting");
  }

  #readFailed(error: unknown): void {
    // The network's end of a connection, reset or closed by us, is told as 1006 below.
    const isOurFault = error instanceof TypeError || error instanceof RangeError;
    if (isOurFault) this.#context.handlerFailed(error);
  }

  #endReading(): void {
    this.#buffer.giveBack();
    this.#readEnded = true;
    this.#protocol.receiveEnd();
    if (this.#queue.size === 0) this.#closeSocket();
  }

  /** Takes one chunk. Returns a promise only where handlers must settle or others go first. */
  #receive(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#floodsWithPings()) this.terminate();
    this.#keepalive.heard();
    this.#bytesIn += chunk.length;
    this.#protocol.receive(chunk);
    this.#received();
    return this.#protocol.paused ? this.#waitWhilePaused() : undefined;
  }

  /** A piece of work is done: others may have waited for long enough. Returns the next one's size. */
  #worked(): number {
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
    this.#keepalive.heard(); // what came meanwhile is read only now
  }

  /** Asks for a look at a handler that may be slow. */
  #awaitSlowHandler(): void {
    if (this.#protocol.state !== "open") return;
    const due = this.#context.deadlines.now() + lookAheadAfter;
    this.deadline = Math.min(this.deadline, due);
  }

  /** Waits for the handlers, but no longer than the socket is open. */
  #settled(unsettled: Promise<unknown>): Promise<void> {
    this.#awaitSlowHandler();
    return new Promise((resolve) => {
      this.#stopWaiting = resolve;
      if (this.#socketClosed) resolve();
      unsettled.then(() => resolve(), () => resolve());
    });
  }

  /** Many pings came in earlier reads, and the write of that time has not ended. */
  #floodsWithPings(): boolean {
    return this.#queue.writing &&
      this.#protocol.pendingPongs > this.#context.options.maxPendingPongs;
  }

  /** What the bytes just received have changed: keepalive, memory, output. */
  #received(): void {
    if (!this.#protocol.unfinished) this.#keepalive.messageEnded();
    else if (this.#keepalive.awaitsMessage) this.#messageBegan();
    this.#countMemory();
    if (this.#protocol.outputLength > 0) this.#queue.schedule();
  }

  #messageBegan(): void {
    if (this.#protocol.state !== "open") return;
    this.#keepalive.messageBegan(this.#context.deadlines.now());
    this.deadline = Math.min(this.deadline, this.#keepalive.deadline);
  }

  // ----- Memory -----

  /** A read that waits for long should not hold a large buffer. */
  #bufferChanged(): void {
    this.#countMemory();
    if (countable(this.#buffer.size) === 0) return this.#keepalive.leaveQuiet();
    this.#keepalive.rouseWhenQuiet(this.#context.deadlines.now());
    this.deadline = Math.min(this.deadline, this.#keepalive.deadline);
  }

  #countMemory(): void {
    const held = this.#queue.heldBytes + this.#receivedBytes;
    const shared = this.#queue.sharedBytes;
    if (held + shared === 0 && this.#memory === undefined) return;
    this.#memory ??= this.#context.memory.open(new SocketConnection.#Observer(this));
    this.#memory.bytes = held;
    this.#memory.sharedBytes = shared;
  }

  get #receivedBytes(): number {
    if (this.#closed) return 0;
    const { record } = this.#opening;
    const ahead = this.#ahead === undefined ? 0 : countable(this.#ahead.size);
    return this.#protocol.heldBytes + countable(this.#buffer.size) + countable(record.size) + ahead;
  }

  /** The memory of all connections is used up, and this one is to go. */
  #evict(): void {
    this.#queue.discard();
    this.#protocol.fail(CloseCode.TryAgainLater, "Server is short of memory");
    // What is being written is held until the peer has read it, which may be never.
    if (countable(this.#queue.size) > 0) this.#closeSocket();
  }

  // ----- Time -----

  /** See {@linkcode DeadlineItem}. */
  onDeadline(now: number): void {
    if (this.#protocol.state !== "open" || this.#closed) return this.#onClosingDeadline(now);
    if (this.#unsettled !== undefined) this.#readAhead();
    const { drainedBy } = this.#queue;
    const action = this.#keepalive.check(now, this.#unsettled !== undefined, drainedBy);
    if (action === "dead") return this.#closeSocket();
    if (action === "ping") this.#pingIdle();
    if (action === "message timeout") {
      return this.#protocol.fail(CloseCode.PolicyViolation, "Message took too long");
    }
    const isSlow = this.#queue.findSlow(now);
    if (isSlow && this.#context.options.onQueueFull === "close") return this.#failSlow();
    this.deadline = Math.min(this.#keepalive.deadline, this.#queue.deadline);
  }

  /** The pong is likely to be the next that comes, and with it the larger buffer can go. */
  #pingIdle(): void {
    this.#buffer.rest();
    this.ping();
  }

  /** A Close has as far to go as a ping: behind all that was written before. */
  #setClosingDeadline(timeout: number): void {
    const { deadlines, options } = this.#context;
    const now = deadlines.now();
    if (this.#closingBound === Infinity) {
      this.#closingBound = now + longestClosing * options.closeTimeout;
    }
    this.deadline = Math.min(Math.max(now, this.#queue.drainedBy) + timeout, this.#closingBound);
  }

  #onClosingDeadline(now: number): void {
    const due = Math.min(this.#queue.drainedBy, this.#closingBound);
    if (now < due) this.deadline = due;
    else this.#closeSocket();
  }

  // ----- Ending -----

  /** The protocol's last word is out: end our side, and wait a little for the peer's. §7.1.1. */
  #endWriting(): void {
    if (this.#socketClosed) return;
    if (this.#readEnded) return this.#closeSocket();
    const { closeTimeout } = this.#context.options;
    this.#setClosingDeadline(Math.min(lingerTimeout, closeTimeout));
    this.#socket.closeWrite().catch(() => this.#closeSocket());
  }

  /** The one place where the socket is closed. */
  #closeSocket(): void {
    if (this.#socketClosed) return;
    this.#socketClosed = true;
    this.#context.deadlines.delete(this);
    this.#socket.close();
    this.#protocol.receiveEnd();
    this.#queue.abandon();
    this.#stopWaiting?.();
    this.#opening.release?.();
    this.#context.socketClosed(this);
  }

  /**
   * The protocol has closed, for whatever reason. The application is told by its one close event
   * when the call that has led here is over: it may have been a send, and what the handlers send
   * may end others, whose handlers would run within these, and so on to the end of the stack.
   */
  #end(close: CloseInfo): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handlers.end();
    this.#countMemory();
    this.#queue.release();
    if (!this.#socketClosed) {
      this.#setClosingDeadline(this.#context.options.closeTimeout);
      this.#queue.schedule();
    }
    this.#context.connectionClosed(this, close);
    queueMicrotask(() => this.#handlers.close(close));
  }
}

function toBytes(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError("Cannot send this: it is neither text, nor bytes, nor a prepared message");
}

/** Says whether a message is compressed. A misspelled option would compress a secret. */
function compressOf(options: SendOptions): boolean {
  for (const name in options) {
    if (name !== "compress") checkOptions("send", options, { compress: "boolean" });
  }
  return options.compress ?? true;
}
