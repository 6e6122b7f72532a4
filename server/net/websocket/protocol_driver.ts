/** Drives one Protocol over a socket: joins reading, writing, deadlines, memory and the end. */

import { CloseCode, Prepared, type Protocol, type ProtocolHandler } from "../../../protocol/mod.ts";
import type {
  CloseInfo,
  Connection,
  MemoryAccount,
  MemoryHolder,
  PreparedMessage,
  SendResult,
} from "../../types.ts";
import type { Socket } from "../listen/socket.ts";
import { countable } from "../memory_budget.ts";
import type {
  ConnectionContext,
  ConnectionOpening,
  CountedConnection,
} from "./connection_context.ts";
import { ConnectionReader, type ReaderOwner } from "./connection_reader.ts";
import { ConnectionTimer, type TimerAction, type TimerOwner } from "./connection_timer.ts";
import { EventHandlers, type EventOwner } from "./event_handlers.ts";
import { SendQueue, type SendQueueOwner } from "./send_queue.ts";

/**
 * After our last byte, the peer has this long to end TCP on its side. Milliseconds.
 *
 * @limit ms: TCP is destroyed
 */
const lingerTimeout = 2_000;

/** The parts of a driver. */
export interface DriverParts {
  /** Named to observers. */
  readonly connection: CountedConnection;
  readonly socket: Socket;
  readonly opening: ConnectionOpening;
  readonly makeProtocol: (handler: ProtocolHandler) => Protocol;
}

/** The parts of a connection call it, as one object: a closure for each call would take more memory. */
export class ProtocolDriver
  implements ProtocolHandler, SendQueueOwner, EventOwner, ReaderOwner, TimerOwner, MemoryHolder {
  readonly #connection: CountedConnection;
  readonly #opening: ConnectionOpening;
  readonly context: ConnectionContext;
  readonly socket: Socket;
  readonly handlers: EventHandlers;
  readonly protocol: Protocol;
  readonly queue: SendQueue;
  readonly timer: ConnectionTimer;
  readonly reader: ConnectionReader;
  /** Opened when there is something to count. */
  #memory: MemoryAccount | undefined;
  /** Messages taken for sending. */
  messagesOut = 0;
  #readEnded = false;
  #socketClosed = false;

  constructor(context: ConnectionContext, parts: DriverParts) {
    const { socket, opening } = parts;
    this.context = context;
    this.#connection = parts.connection;
    this.socket = socket;
    this.#opening = opening;
    this.handlers = new EventHandlers(this);
    this.protocol = parts.makeProtocol(this);
    this.queue = new SendQueue(socket, this.protocol, context.cork, context.options, this);
    this.timer = new ConnectionTimer(this);
    this.reader = new ConnectionReader(this);
    this.heldChanged();
  }

  now(): number {
    return this.timer.now();
  }

  // ----- Events -----

  /** Sends the 101 response and calls the handler of new connections. */
  open(response: Uint8Array, handler: (connection: Connection) => unknown): void {
    this.protocol.sendEncoded(response);
    this.queue.schedule();
    try {
      this.handlers.opening(handler(this.#connection));
    } catch (error) {
      this.handlerFailed(error);
    }
  }

  message(data: string | Uint8Array): void {
    this.reader.dispatch(data);
  }

  ping(data: Uint8Array): void {
    this.handlers.control("ping", data);
  }

  pong(data: Uint8Array): void {
    this.handlers.control("pong", data);
  }

  worked(): number {
    return this.reader.worked();
  }

  drained(): void {
    this.handlers.emit("drain");
  }

  handlerFailed(error: unknown): void {
    this.context.handlerFailed(error);
    this.protocol.fail(CloseCode.InternalError, "Internal error");
  }

  // ----- Reading and sending -----

  /** Reads until the connection has ended. */
  run(rest: Uint8Array): Promise<void> {
    return this.reader.run(rest);
  }

  readingEnded(): void {
    this.#readEnded = true;
    this.protocol.receiveEnd();
    if (this.queue.size === 0) this.terminate();
  }

  get awaitsHandler(): boolean {
    return this.reader.awaitsHandler;
  }

  /** Sends one message, unless the connection is not open, or its queue is full. */
  send(
    data: string | Uint8Array | ArrayBuffer | PreparedMessage,
    compress: boolean,
  ): SendResult {
    const { queue } = this;
    if (this.protocol.state !== "open") return "dropped";
    if (queue.isFull && !this.#admit()) return this.#refuse();
    if (data instanceof Prepared) queue.sendPrepared(data, compress);
    else if (typeof data === "string" || data instanceof Uint8Array) queue.send(data, compress);
    else queue.send(toBytes(data), compress);
    this.messagesOut++;
    return queue.isOverMark ? "queued" : "sent";
  }

  /** A full queue does not make its peer slow before it had time to read. */
  #admit(): boolean {
    const admitted = this.queue.admits(this.now());
    this.timer.queueFull();
    return admitted;
  }

  #refuse(): SendResult {
    this.context.messageDropped();
    if (this.context.options.onQueueFull === "close") this.#failDiscarding("slow consumer");
    return "dropped";
  }

  #failDiscarding(reason: string): void {
    this.queue.discard();
    this.protocol.fail(CloseCode.TryAgainLater, reason);
  }

  // ----- Deadlines -----

  due(action: TimerAction): void {
    switch (action) {
      case "ping":
        this.reader.restBuffer();
        return this.queue.ping(undefined);
      case "look ahead":
        return this.reader.lookAhead();
      case "slow message":
        return this.protocol.fail(CloseCode.PolicyViolation, "Message took too long");
      case "slow consumer":
        return this.#failDiscarding("slow consumer");
      case "disconnect":
        return this.terminate();
    }
  }

  // ----- Memory -----

  heldChanged(): void {
    const held = this.queue.heldBytes + this.#receivedBytes;
    const shared = this.queue.sharedBytes;
    if (held + shared === 0 && this.#memory === undefined) return;
    this.#memory ??= this.context.memory.open(this);
    this.#memory.bytes = held;
    this.#memory.sharedBytes = shared;
  }

  get #receivedBytes(): number {
    if (this.protocol.state === "closed") return 0;
    return this.reader.heldBytes + countable(this.#opening.record.size);
  }

  sharedGrew(bytes: number): void {
    this.context.memory.sharedBytes += bytes;
  }

  evict(): void {
    this.#failDiscarding("Server is short of memory");
    // Output that is being written is held until the peer has read it, which may be never.
    if (countable(this.queue.size) > 0) this.terminate();
  }

  // ----- The end -----

  /** Starts the closing handshake. */
  close(code: number | undefined, reason: string | undefined): void {
    const wasOpen = this.protocol.state === "open";
    this.protocol.close(code, reason);
    if (!wasOpen) return;
    this.timer.closing();
    this.queue.schedule();
  }

  /**
   * The outcome is known. The application gets its one close event when the call that has led here
   * has returned: that may be a send, and what the handlers send may end other connections, whose
   * handlers would run within these, and so on to the end of the stack.
   */
  closed(close: CloseInfo): void {
    this.handlers.end();
    this.heldChanged();
    this.queue.release();
    if (!this.#socketClosed) {
      this.timer.closing();
      this.queue.schedule();
    }
    this.context.connectionClosed(this.#connection, close);
    queueMicrotask(() => this.handlers.close(close));
  }

  /** Ends our side when the protocol's last bytes are written, and waits for the peer's. §7.1.1. */
  finished(): void {
    if (this.#socketClosed) return;
    if (this.#readEnded) return this.terminate();
    this.timer.lingering(lingerTimeout);
    this.socket.closeWrite().catch(() => this.terminate());
  }

  writeFailed(): void {
    this.terminate();
  }

  /** The one place where the socket is closed. */
  terminate(): void {
    if (this.#socketClosed) return;
    this.#socketClosed = true;
    this.timer.stop();
    this.socket.close();
    this.protocol.receiveEnd();
    this.queue.abandon();
    this.reader.stop();
    this.#opening.release?.();
    this.context.socketClosed(this.#connection);
  }
}

function toBytes(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError("Cannot send this: it is neither text, nor bytes, nor a prepared message");
}
