/** What waits for a connection: bounded, in order, and not all at once when there is one. */

import type { Clock } from "./clock.ts";
import { ClientError } from "./errors.ts";
import type { Data } from "./transport.ts";

/**
 * What became of a message: `"sent"`, handed to the connection; `"queued"`, it waits for one or for
 * its turn; `"dropped"`, the queue is full or the client is closed.
 *
 * @example One place in the queue
 * ```ts
 * import { connect, type SendResult } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const client = connect("ws://127.0.0.1:1", { maxQueue: 1, onQueueFull: "drop-newest" });
 * const results: SendResult[] = [client.emit("say"), client.emit("say")];
 * await client.close();
 * results.push(client.emit("say"));
 * assertEquals(results, ["queued", "dropped", "dropped"]);
 * ```
 */
export type SendResult = "sent" | "queued" | "dropped";

/**
 * Settings of the queue in which messages wait while there is no connection.
 *
 * @example Telling whoever sends too much
 * ```ts
 * import { ClientError, connect, type QueueOptions } from "@hawser/ws/client";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const queue: QueueOptions = { maxQueue: 2, onQueueFull: "reject" };
 * await using client = connect("ws://127.0.0.1:1", queue);
 * client.emit("say", { text: "One" });
 * client.emit("say", { text: "Two" });
 * const error = assertThrows(() => client.emit("say", { text: "Three" }), ClientError);
 * assertEquals(error.code, "QUEUE_FULL");
 * ```
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
   * Messages per second, and at once, when what has waited is sent: the server's rate limit should
   * not be lower. 0 sends all at once.
   *
   * @default {10}
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
  /** There is a connection, and it is this letter's turn. */
  deliver(letter: Letter): void;
  /** It has given way. */
  dropped(letter: Letter): void;
}

/** Letters on their way to a connection that may not be there. */
export class Outbox {
  readonly #options: Required<QueueOptions>;
  readonly #clock: Clock;
  readonly #handlers: OutboxHandlers;
  /** These go before the others, and the limit does not count them. */
  #first: Letter[] = [];
  #waiting: Letter[] = [];
  #isOpen = false;
  #stopTimer: () => void = () => {};

  constructor(options: Required<QueueOptions>, clock: Clock, handlers: OutboxHandlers) {
    this.#options = options;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** How many wait. */
  get size(): number {
    return this.#first.length + this.#waiting.length;
  }

  /** Whether there is a connection. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Sends a letter, behind those that wait.
   *
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   */
  send(letter: Letter): SendResult {
    if (this.#isOpen && this.size === 0) {
      this.#handlers.deliver(letter);
      return "sent";
    }
    if (this.#waiting.length >= this.#options.maxQueue && !this.#makeRoom(letter)) {
      return "dropped";
    }
    this.#waiting.push(letter);
    return "queued";
  }

  /** Sends a letter before those that wait, as soon as there is a connection. */
  sendFirst(letter: Letter): void {
    if (this.#isOpen && this.size === 0) this.#handlers.deliver(letter);
    else this.#first.push(letter);
  }

  /** There is a connection. */
  open(): void {
    this.#isOpen = true;
    this.#flush(this.#options.flushRate || Infinity);
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
    this.#waiting = this.#waiting.filter(isOther);
  }

  /** Forgets what waits. */
  clear(): void {
    this.close();
    this.#first = [];
    this.#waiting = [];
  }

  #makeRoom(letter: Letter): boolean {
    const { onQueueFull, maxQueue } = this.#options;
    if (onQueueFull === "reject") {
      throw new ClientError("QUEUE_FULL", `Cannot send: ${maxQueue} messages wait already`);
    }
    const oldest = onQueueFull === "drop-oldest" ? this.#waiting.shift() : undefined;
    this.#handlers.dropped(oldest ?? letter);
    return oldest !== undefined;
  }

  /** Sends some now, then one after the other. */
  #flush(count: number): void {
    for (let sent = 0; sent < count && this.#isOpen; sent++) {
      const letter = this.#first.shift() ?? this.#waiting.shift();
      if (letter === undefined) return;
      this.#handlers.deliver(letter);
    }
    if (!this.#isOpen || this.size === 0) return;
    this.#stopTimer = this.#clock.after(1_000 / this.#options.flushRate, () => this.#flush(1));
  }
}
