/** Queues messages while there is no connection: bounded, in order, and sent at a rate. */

import type { Clock } from "../../wire/clock.ts";
import { ClientError } from "../errors.ts";
import { type Rate, TokenBucket } from "../transports/token_bucket.ts";
import type { Data } from "../transports/transport.ts";

/**
 * The outcome of sending a message: `"sent"`, it was handed to the connection; `"queued"`, it waits
 * for a connection or for its turn; `"dropped"`, the queue is full or the client is closed.
 */
export type SendResult = "sent" | "queued" | "dropped";

/**
 * Settings of the queue in which messages wait while there is no connection.
 */
export interface QueueOptions {
  /**
   * Messages that may wait for a connection.
   *
   * @default {100}
   */
  readonly maxQueue?: number;
  /**
   * The policy when the queue is full: the oldest message is dropped, the new one is dropped, or
   * the sender gets an error `QUEUE_FULL`.
   *
   * @default {"drop-oldest"}
   */
  readonly onQueueFull?: "drop-oldest" | "drop-newest" | "reject";
  /**
   * Messages per second, and at once, while what has waited for a connection is sent. 0 sends all
   * at once. By default the server's `welcome` tells what it takes; 10, where it does not.
   *
   * @default {undefined}
   */
  readonly flushRate?: number;
}

/** A message in the queue. */
export interface QueuedMessage {
  readonly data: Data;
  /** Id of the request, where the message is one. */
  readonly ackId?: string;
}

/** Outcomes of queued messages. */
export interface OutboxHandlers {
  /** Sends a message now. An error that it throws concerns this message only. */
  deliver(queued: QueuedMessage): void;
  /** A queued message cannot be sent. */
  failed(queued: QueuedMessage, error: unknown): void;
  /** A message was dropped, as the queue is full. */
  dropped(queued: QueuedMessage): void;
}

/** Milliseconds by which messages that are queued on an open connection may be late besides. */
const maxExtraDelay = 1_000;

/** Messages that wait for a connection. */
export class Outbox {
  readonly #options: Pick<Required<QueueOptions>, "maxQueue" | "onQueueFull">;
  readonly #clock: Clock;
  readonly #handlers: OutboxHandlers;
  // In the order in which they go.
  /** The limit does not count these. */
  #first: QueuedMessage[] = [];
  /** Queued before the present connection opened. */
  #backlog: QueuedMessage[] = [];
  #waiting: QueuedMessage[] = [];
  // The present connection.
  #isOpen = false;
  #openedAt = 0;
  /** Limits the rate of queued messages; `undefined`: there is no limit. */
  #bucket: TokenBucket | undefined;
  /** When the limit ends: the backlog is sent, and later messages have had time to catch up. */
  #paceEnd = Infinity;
  #stopTimer: () => void = () => {};

  constructor(
    options: Pick<Required<QueueOptions>, "maxQueue" | "onQueueFull">,
    clock: Clock,
    handlers: OutboxHandlers,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Messages in the queue. */
  get size(): number {
    return this.#first.length + this.#backlog.length + this.#waiting.length;
  }

  /** Whether there is a connection. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Sends a message, or queues it behind others.
   *
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   * @throws {unknown} The connection cannot carry it.
   */
  send(queued: QueuedMessage): SendResult {
    if (this.#isOpen && this.size === 0) {
      this.#handlers.deliver(queued);
      return "sent";
    }
    const count = this.#backlog.length + this.#waiting.length;
    if (count >= this.#options.maxQueue && !this.#makeRoom(queued)) return "dropped";
    this.#waiting.push(queued);
    return "queued";
  }

  /**
   * Sends a message now or drops it. It passes queued messages, at their rate.
   *
   * @throws {unknown} The connection cannot carry it.
   */
  sendNow(queued: QueuedMessage): SendResult {
    if (!this.#isOpen || this.size > 0 && this.#bucket?.take() === false) return "dropped";
    this.#handlers.deliver(queued);
    return "sent";
  }

  /**
   * Sends a message before those that wait, as soon as there is a connection. Where that ends first,
   * the message is forgotten.
   */
  sendFirst(queued: QueuedMessage): void {
    this.#first.push(queued);
    if (this.#isOpen && this.size === 1) this.#flush();
  }

  /**
   * The connection has opened.
   *
   * @param rate Rate of queued messages; `undefined`: all are sent at once.
   */
  open(rate?: Rate): void {
    this.#isOpen = true;
    this.#openedAt = this.#clock.now();
    this.#backlog.push(...this.#waiting.splice(0));
    this.#bucket = rate && new TokenBucket(rate, this.#clock);
    this.#paceEnd = Infinity;
    this.#flush();
  }

  /** The connection has closed. */
  close(): void {
    this.#isOpen = false;
    this.#first = [];
    this.#stopTimer();
  }

  /** Removes a request from the queue. */
  withdraw(ackId: string): void {
    const isOther = (queued: QueuedMessage) => queued.ackId !== ackId;
    this.#backlog = this.#backlog.filter(isOther);
    this.#waiting = this.#waiting.filter(isOther);
  }

  /** Empties the queue. */
  clear(): void {
    this.close();
    this.#backlog = [];
    this.#waiting = [];
  }

  #makeRoom(queued: QueuedMessage): boolean {
    const { onQueueFull, maxQueue } = this.#options;
    if (onQueueFull === "reject") {
      throw new ClientError("QUEUE_FULL", `Cannot send: ${maxQueue} messages wait already`);
    }
    const oldest = onQueueFull === "drop-oldest" ? this.#takeOldest() : undefined;
    this.#handlers.dropped(oldest ?? queued);
    return oldest !== undefined;
  }

  #takeOldest(): QueuedMessage | undefined {
    return this.#backlog.shift() ?? this.#waiting.shift();
  }

  /** Sends queued messages at their rate. */
  #flush(): void {
    this.#stopTimer();
    while (this.#isOpen && this.size > 0) {
      const delay = this.#delay();
      if (delay > 0) {
        this.#stopTimer = this.#clock.after(delay, () => this.#flush());
        return;
      }
      const queued = this.#first.shift() ?? this.#takeOldest();
      if (queued !== undefined) this.#deliver(queued);
    }
    // The queue stays empty while there is a connection.
    if (this.#isOpen) this.#bucket = undefined;
  }

  /** Milliseconds until the next message may be sent. */
  #delay(): number {
    const now = this.#clock.now();
    // Messages that are queued meanwhile must not stay late, however many there are.
    if (this.#first.length + this.#backlog.length === 0 && this.#paceEnd === Infinity) {
      this.#paceEnd = 2 * now - this.#openedAt + maxExtraDelay;
    }
    if (this.#bucket === undefined || now >= this.#paceEnd || this.#bucket.take()) return 0;
    return Math.min(this.#bucket.delay, this.#paceEnd - now);
  }

  #deliver(queued: QueuedMessage): void {
    try {
      this.#handlers.deliver(queued);
    } catch (error) {
      this.#handlers.failed(queued, error);
    }
  }
}
