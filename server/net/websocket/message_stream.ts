/** Messages of a connection as an async iterator that keeps the reading back. */

import type { Connection, ConnectionEvents } from "../../types.ts";

type Message = string | Uint8Array;

/**
 * Gives out messages one at a time. The handler's promise settles when the next message is asked
 * for, so while the loop's body runs nothing is read.
 */
export class MessageStream implements AsyncIterableIterator<Message> {
  readonly #connection: Connection;
  /** Whether the bytes of messages are ours for as long as the reading is kept back. */
  readonly #isLent: boolean;
  readonly #waiting: Message[] = [];
  readonly #asks: ((result: IteratorResult<Message>) => void)[] = [];
  #goOn: (() => void) | undefined;
  #ended = false;
  readonly #onMessage: ConnectionEvents["message"] = (data) => this.#push(data);
  readonly #onClose = (): void => this.#end(this.#isLent);

  constructor(connection: Connection, isLent = false) {
    this.#connection = connection;
    this.#isLent = isLent;
    this.#ended = connection.state === "closed";
    connection.on("message", this.#onMessage).on("close", this.#onClose);
  }

  /** Part of the iteration protocol. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return this;
  }

  /** Resolves to the next message, or to the end once the connection has closed. */
  next(): Promise<IteratorResult<Message>> {
    const data = this.#waiting.shift();
    if (data !== undefined) return Promise.resolve({ done: false, value: data });
    if (this.#ended) return this.return();
    return new Promise((resolve) => {
      this.#asks.push(resolve);
      this.#release();
    });
  }

  /** Called when the loop is left early: the connection stays open, its messages are free again. */
  return(): Promise<IteratorResult<Message>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  #push(data: Message): Promise<void> | undefined {
    const ask = this.#asks.shift();
    // Where several are asked for at once, nobody tells when the first one is done with.
    const isFollowed = this.#asks.length > 0;
    if (ask === undefined) this.#waiting.push(data);
    else ask({ done: false, value: isFollowed ? this.#owned(data) : data });
    if (isFollowed) return undefined;
    return new Promise((resolve) => this.#goOn = resolve);
  }

  #release(): void {
    this.#goOn?.();
    this.#goOn = undefined;
  }

  #owned(data: Message): Message {
    return this.#isLent && typeof data !== "string" ? data.slice() : data;
  }

  /** @param holdsOn The loop's body may still need what it was lent. */
  #end(holdsOn = false): void {
    this.#ended = true;
    this.#connection.off("message", this.#onMessage).off("close", this.#onClose);
    for (const ask of this.#asks.splice(0)) ask({ done: true, value: undefined });
    if (!holdsOn) this.#release();
  }
}
