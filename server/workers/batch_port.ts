/** A message port that carries many messages at once, and knows how many were not taken. */

import { setImmediate } from "node:timers";

/**
 * Bytes that are on their way or wait to be taken by the other thread. @limit bytes: the port is
 * full; what may be left out is left out
 */
const maxUnread = 16_777_216;

/** The messages of one turn of the event loop, with their size. */
interface Batch<Message> {
  readonly messages: readonly Message[];
  readonly size: number;
}

/** Receives the messages of a port. */
export interface PortHandlers<In> {
  /** A message has come. Does not throw. */
  message(message: In): void;
  /** The port was full and is no more. Does not throw. */
  drained?(): void;
}

/**
 * One end of a channel between two threads. Messages that are posted within a turn of the event
 * loop go as one message, which costs a third of the messages singly. The other end says what it
 * has taken, as a message port alone never tells whether anybody reads.
 *
 * `In` and `Out` are the messages that come and go.
 */
export class BatchPort<In, Out> {
  readonly #port: MessagePort;
  readonly #handlers: PortHandlers<In>;
  #batch: Out[] = [];
  #batchSize = 0;
  #unread = 0;
  #wasFull = false;
  /** Empty batches that were sent since the last message of the other end. */
  #pings = 0;
  #isClosed = false;

  /**
   * @param port The port that carries the messages.
   * @param handlers Called with what comes.
   */
  constructor(port: MessagePort, handlers: PortHandlers<In>) {
    this.#port = port;
    this.#handlers = handlers;
    port.onmessage = ({ data }: MessageEvent<Batch<In> | number>) => {
      if (this.#isClosed) return;
      if (typeof data === "number") this.#taken(data);
      else this.#receive(data);
    };
  }

  /** Whether so much has not been taken that what may be left out should be. */
  get isFull(): boolean {
    return this.#wasFull = this.#unread >= maxUnread;
  }

  /**
   * Sends a message with the others of this turn.
   *
   * @param message The message for the other end.
   * @param size Its bytes, about.
   */
  post(message: Out, size = 100): void {
    if (this.#isClosed) return;
    if (this.#batch.length === 0) setImmediate(() => this.#flush());
    this.#batch.push(message);
    this.#batchSize += size;
    this.#unread += size;
  }

  /**
   * Asks the other end for a sign of life.
   *
   * @returns How many times it was asked since it gave one, this time too.
   */
  ping(): number {
    if (!this.#isClosed) this.#port.postMessage({ messages: [], size: 0 });
    return ++this.#pings;
  }

  /** Sends what was posted, and closes the port. */
  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#port.close();
  }

  #flush(): void {
    if (this.#isClosed || this.#batch.length === 0) return;
    const batch: Batch<Out> = { messages: this.#batch, size: this.#batchSize };
    this.#batch = [];
    this.#batchSize = 0;
    this.#port.postMessage(batch);
  }

  #receive({ messages, size }: Batch<In>): void {
    for (const message of messages) this.#handlers.message(message);
    if (!this.#isClosed) this.#port.postMessage(size);
  }

  #taken(size: number): void {
    this.#pings = 0;
    this.#unread -= size;
    if (!this.#wasFull || this.isFull) return;
    this.#handlers.drained?.();
  }
}
