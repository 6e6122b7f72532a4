/** Work to be done in Redis exactly once and in order, over all cuts. */

import { isPassing, isRefusal } from "./connection.ts";

/** Items on their way at a time. As many are kept of each room at least, so that each can be found. */
const maxSent = 64;

/** Something to be done. */
export interface OutboxItem<T> {
  /** Characters that it takes. */
  readonly size: number;
  /** Sends it. @param isDoubtful It may have been done already, and must not be done twice. */
  send(isDoubtful: boolean): Promise<T>;
}

/** How an outbox is bounded, and what it stands on. */
export interface OutboxOptions {
  /** Items that wait at the most. */
  readonly maxItems: number;
  /** Characters that wait at the most. */
  readonly maxSize: number;
  /** Milliseconds for which an item waits. */
  readonly timeout: number;
  /** Whether there is a connection. */
  isUsable(): boolean;
  /** Makes what is refused for the moment possible again; never rejects. */
  recover(): Promise<void>;
  /** Makes the error of an item that was not done, or of which it is not known. */
  unavailable(text: string): Error;
}

interface Waiting {
  readonly item: OutboxItem<unknown>;
  readonly until: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whether it is on its way now. */
  isSent: boolean;
  /** Whether it was on its way, and what has become of it is not known. */
  isDoubtful: boolean;
  isOver: boolean;
}

/**
 * Sends in the order of the calls, many at a time. After a cut it begins again with the first item
 * that is not answered, and each that may have arrived is sent as doubtful.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** In the order of the calls; those that are over are taken away at the front. */
  #line: Waiting[] = [];
  #size = 0;
  #count = 0;
  /** How many are on their way. */
  #sent = 0;
  /** Nothing is sent until all that is on its way has come back. */
  #isPaused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #idle: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#count;
  }

  /** Adds an item. @returns The result. Rejects where it was refused, or has waited too long. */
  add<T>(item: OutboxItem<T>): Promise<T> {
    const { maxItems, maxSize, timeout, unavailable } = this.#options;
    if (this.#isClosed) return Promise.reject(unavailable("The broker is closed"));
    if (this.#count >= maxItems || this.#count > 0 && this.#size + item.size > maxSize) {
      return Promise.reject(unavailable("Too much waits for Redis already"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#line.push({
      item,
      until: performance.now() + timeout,
      resolve: (value) => resolve(value as T),
      reject,
      isSent: false,
      isDoubtful: false,
      isOver: false,
    });
    this.#count++;
    this.#size += item.size;
    this.#wait();
    this.pump();
    return promise;
  }

  /** Sends what can be sent. To be called when there is a connection. */
  pump(): void {
    if (this.#isPaused || this.#sent >= maxSent || !this.#options.isUsable()) return;
    for (const each of this.#line) {
      if (this.#sent >= maxSent) return;
      if (!each.isSent && !each.isOver) this.#send(each);
    }
  }

  #send(each: Waiting): void {
    each.isSent = true;
    this.#sent++;
    each.item.send(each.isDoubtful).then(
      (value) => this.#end(each, () => each.resolve(value)),
      (error) => this.#failed(each, error),
    ).then(() => this.#returned());
  }

  #failed(each: Waiting, error: unknown): void {
    if (isRefusal(error)) return this.#end(each, () => each.reject(error));
    each.isSent = false;
    each.isDoubtful ||= !isPassing(error);
    // Later items must not overtake it.
    this.#isPaused = true;
  }

  #end(each: Waiting, settle: () => void): void {
    if (each.isOver) return;
    each.isOver = true;
    this.#count--;
    this.#size -= each.item.size;
    settle();
    if (this.#count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #returned(): Promise<void> {
    this.#sent--;
    this.#trim();
    if (this.#isPaused) {
      if (this.#sent > 0) return;
      if (this.#options.isUsable()) await this.#options.recover();
      this.#isPaused = false;
    }
    this.pump();
  }

  /** Takes away what is over, in one go for many. */
  #trim(): void {
    let count = 0;
    while (this.#line[count]?.isOver) count++;
    if (count === this.#line.length || count >= maxSent) this.#line = this.#line.slice(count);
  }

  // ----- Time -----

  #wait(): void {
    if (this.#timer !== undefined || this.#options.timeout === Infinity) return;
    const first = this.#line.find(({ isOver }) => !isOver);
    if (first === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#endLate();
      this.#wait();
    }, Math.max(0, first.until - performance.now()) + 1);
  }

  #endLate(): void {
    const now = performance.now();
    for (const each of this.#line) {
      if (each.until > now) break;
      const text = each.isSent || each.isDoubtful
        ? "Redis does not answer: it is not known whether the message was stored"
        : "Redis is away: the message was not stored";
      this.#end(each, () => each.reject(this.#options.unavailable(text)));
    }
    this.#trim();
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Gives up what waits, and takes nothing any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const each of this.#line) {
      this.#end(each, () => each.reject(this.#options.unavailable("The broker is closed")));
    }
    this.#line = [];
  }
}
