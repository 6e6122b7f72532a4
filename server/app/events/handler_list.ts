/** Handlers of one kind of occasion, which may come and go while they run. */

/** Several handlers, in the order in which they were added. */
export class HandlerList<Handler> implements Iterable<Handler> {
  /** Replaced as a whole: who goes through it sees those that there were at the beginning. */
  #handlers: readonly Handler[] = [];

  /** How many there are. */
  get size(): number {
    return this.#handlers.length;
  }

  /** Adds a handler behind the others. */
  add(handler: Handler): void {
    this.#handlers = [...this.#handlers, handler];
  }

  /** Removes a handler, however often it was added; does nothing where it was not. */
  remove(handler: Handler): void {
    this.#handlers = this.#handlers.filter((each) => each !== handler);
  }

  /** Goes through those that there are at the moment. */
  [Symbol.iterator](): Iterator<Handler> {
    return this.#handlers[Symbol.iterator]();
  }
}

/**
 * Checks what an application adds, where the mistake is made: it would fail at each call.
 *
 * @throws {TypeError} It is no function.
 */
export function checkHandler(handler: unknown, method: string): void {
  if (typeof handler === "function") return;
  throw new TypeError(`Cannot use the handler of ${method}(): it is not a function`);
}
