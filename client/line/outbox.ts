/** What waits for a connection: bounded, in order, and not all at once when there is one. */

import type { Clock } from "../clock.ts";
import { ClientError } from "../errors.ts";
import { Pace, type Rate } from "../transports/pace.ts";
import type { Data } from "../transports/transport.ts";

/**
 * What became of a message: `"sent"`, handed to the connection; `"queued"`, it waits for one or for
 * its turn; `"dropped"`, the queue is full or the client is closed.
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
   * What gives way to one message more: the oldest that waits, the new one, or whoever sends it,
   * by an error `QUEUE_FULL`.
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

/** A message, and the request that it makes. */
export interface Letter {
  readonly data: Data;
  /** Present where an answer is waited for. */
  readonly ackId?: string;
}

/** What becomes of letters. */
export interface OutboxHandlers {
  /** There is a connection, and it is this letter's turn. What this throws concerns it alone. */
  deliver(letter: Letter): void;
  /** A letter that has waited cannot be delivered. */
  failed(letter: Letter, error: unknown): void;
  /** It has given way. */
  dropped(letter: Letter): void;
}

/** Milliseconds for which letters that did not wait for the connection may be late besides. */
const patience = 1_000;

/** Letters on their way to a connection that may not be there. */
export class Outbox {
  readonly #options: Pick<Required<QueueOptions>, "maxQueue" | "onQueueFull">;
  readonly #clock: Clock;
  readonly #handlers: OutboxHandlers;
  // In the order in which they go.
  /** The limit does not count these. */
  #first: Letter[] = [];
  /** These have waited for the present connection. */
  #backlog: Letter[] = [];
  #waiting: Letter[] = [];
  // The present connection.
  #isOpen = false;
  #openedAt = 0;
  /** How fast what waits may go; `undefined`, all at once. */
  #pace: Pace | undefined;
  /** When the pace ends: the backlog is gone, and what came since then has had its time. */
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

  /** How many wait. */
  get size(): number {
    return this.#first.length + this.#backlog.length + this.#waiting.length;
  }

  /** Whether there is a connection. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Sends a letter, behind those that wait.
   *
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   * @throws {unknown} It cannot be delivered.
   */
  send(letter: Letter): SendResult {
    if (this.#isOpen && this.size === 0) {
      this.#handlers.deliver(letter);
      return "sent";
    }
    const count = this.#backlog.length + this.#waiting.length;
    if (count >= this.#options.maxQueue && !this.#makeRoom(letter)) return "dropped";
    this.#waiting.push(letter);
    return "queued";
  }

  /**
   * Sends a letter now or never: past those that wait, and as fast as these may go.
   *
   * @throws {unknown} It cannot be delivered.
   */
  sendNow(letter: Letter): SendResult {
    if (!this.#isOpen || this.size > 0 && this.#pace?.take() === false) return "dropped";
    this.#handlers.deliver(letter);
    return "sent";
  }

  /** Sends a letter before those that wait, as soon as there is a connection. */
  sendFirst(letter: Letter): void {
    this.#first.push(letter);
    if (this.#isOpen && this.size === 1) this.#flush();
  }

  /**
   * There is a connection.
   *
   * @param rate How fast it takes what has waited; `undefined`, all at once.
   */
  open(rate?: Rate): void {
    this.#isOpen = true;
    this.#openedAt = this.#clock.now();
    this.#backlog.push(...this.#waiting.splice(0));
    this.#pace = rate && new Pace(rate, this.#clock);
    this.#paceEnd = Infinity;
    this.#flush();
  }

  /** There is no connection any more. */
  close(): void {
    this.#isOpen = false;
    this.#stopTimer();
  }

  /** Takes back the letter of a request, where it still waits. */
  withdraw(ackId: string): void {
    const isOther = (letter: Letter) => letter.ackId !== ackId;
    this.#first = this.#first.filter(isOther);
    this.#backlog = this.#backlog.filter(isOther);
    this.#waiting = this.#waiting.filter(isOther);
  }

  /** Forgets what waits. */
  clear(): void {
    this.close();
    this.#first = [];
    this.#backlog = [];
    this.#waiting = [];
  }

  #makeRoom(letter: Letter): boolean {
    const { onQueueFull, maxQueue } = this.#options;
    if (onQueueFull === "reject") {
      throw new ClientError("QUEUE_FULL", `Cannot send: ${maxQueue} messages wait already`);
    }
    const oldest = onQueueFull === "drop-oldest" ? this.#takeOldest() : undefined;
    this.#handlers.dropped(oldest ?? letter);
    return oldest !== undefined;
  }

  #takeOldest(): Letter | undefined {
    return this.#backlog.shift() ?? this.#waiting.shift();
  }

  /** Sends what waits, as fast as it may go. */
  #flush(): void {
    this.#stopTimer();
    while (this.#isOpen && this.size > 0) {
      const delay = this.#delay();
      if (delay > 0) {
        this.#stopTimer = this.#clock.after(delay, () => this.#flush());
        return;
      }
      const letter = this.#first.shift() ?? this.#takeOldest();
      if (letter !== undefined) this.#deliver(letter);
    }
    // From now on nothing waits while there is a connection.
    if (this.#isOpen) this.#pace = undefined;
  }

  /** Milliseconds until the next letter may go. */
  #delay(): number {
    const now = this.#clock.now();
    // What is sent meanwhile must not be late for good, however much it is.
    if (this.#first.length + this.#backlog.length === 0 && this.#paceEnd === Infinity) {
      this.#paceEnd = 2 * now - this.#openedAt + patience;
    }
    if (this.#pace === undefined || now >= this.#paceEnd || this.#pace.take()) return 0;
    return Math.min(this.#pace.delay, this.#paceEnd - now);
  }

  #deliver(letter: Letter): void {
    try {
      this.#handlers.deliver(letter);
    } catch (error) {
      this.#handlers.failed(letter, error);
    }
  }
}
