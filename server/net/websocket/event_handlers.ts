/** The handlers of one connection's events, and the promises that they return. */

import type { CloseInfo, ConnectionEvents } from "../../types.ts";

type Name = keyof ConnectionEvents;
type Handlers = { readonly [Each in Name]: readonly ConnectionEvents[Each][] };

const noHandlers: Handlers = {
  message: [],
  ping: [],
  pong: [],
  waiting: [],
  drain: [],
  close: [],
};

/** Gets the errors of handlers. */
export interface EventOwner {
  /** A handler has thrown, or its promise has rejected. */
  handlerFailed(error: unknown): void;
}

/** Calls handlers in the order in which they were added, and reports their errors. */
export class EventHandlers {
  readonly #owner: EventOwner;
  #handlers = noHandlers;
  /** After the close event there is no other. */
  #closed = false;
  /** Pending while the handler of new connections is, which may be about to add handlers. */
  #opening: Promise<unknown> | undefined;
  /** Delivers a message that came before any handler. */
  #deliverEarly: (() => void) | undefined;

  constructor(owner: EventOwner) {
    this.#owner = owner;
  }

  on<Each extends Name>(name: Each, handler: ConnectionEvents[Each]): void {
    const before = this.#listOf(name);
    // Mostly there is one, and a list that is spread has room for sixteen more.
    const handlers = before.length === 0 ? [handler] : [...before, handler];
    this.#handlers = { ...this.#handlers, [name]: handlers };
    if (name === "message") this.#deliverEarly?.();
  }

  off<Each extends Name>(name: Each, handler: ConnectionEvents[Each]): void {
    const kept = this.#listOf(name).filter((each) => each !== handler);
    this.#handlers = { ...this.#handlers, [name]: kept };
  }

  #listOf<Each extends Name>(name: Each): Handlers[Each] {
    if (!Object.hasOwn(noHandlers, name)) {
      const known = Object.keys(noHandlers).join(", ");
      throw new TypeError(`Cannot handle event "${name}": it is none of ${known}`);
    }
    return this.#handlers[name];
  }

  /** Takes what the handler of new connections has returned. */
  opening(result: unknown): void {
    if (!(result instanceof Promise)) return;
    this.#opening = this.#settled(result).then(() => {
      this.#opening = undefined;
      this.#deliverEarly?.();
    });
  }

  /** Dispatches a message. Returns a promise where a handler has to settle before the next one. */
  message(data: string | Uint8Array): Promise<unknown> | undefined {
    const handlers = this.#handlers.message;
    if (handlers.length === 0 && this.#opening !== undefined) return this.#keepEarly(data);
    let pending: Promise<unknown> | undefined;
    for (const handler of handlers) {
      if (this.#closed) break; // by the handler before
      try {
        const result: unknown = handler(data);
        if (result instanceof Promise) pending = this.#join(pending, result);
      } catch (error) {
        this.#owner.handlerFailed(error);
      }
    }
    return pending;
  }

  #join(pending: Promise<unknown> | undefined, result: Promise<unknown>): Promise<unknown> {
    const settled = this.#settled(result);
    return pending === undefined ? settled : Promise.all([pending, settled]);
  }

  /** Resolves when a handler's promise has settled, one way or the other. */
  #settled(result: Promise<unknown>): Promise<unknown> {
    return result.catch((error) => this.#owner.handlerFailed(error));
  }

  #keepEarly(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#deliverEarly = () => {
        this.#deliverEarly = undefined;
        // Not within `on`: its caller has more to set up.
        queueMicrotask(() => resolve(this.message(data) as Promise<void> | undefined));
      };
    });
  }

  /** Dispatches a ping or a pong. */
  control(name: "ping" | "pong", data: Uint8Array): void {
    for (const handler of this.#handlers[name]) {
      if (!this.#closed) this.#call(handler, data.slice());
    }
  }

  /** Dispatches an event that carries nothing. */
  emit(name: "waiting" | "drain"): void {
    for (const handler of this.#handlers[name]) {
      if (!this.#closed) this.#call(handler, undefined);
    }
  }

  /** The connection has ended: nothing is dispatched any more but its close. */
  end(): void {
    this.#closed = true;
  }

  /** Dispatches the close event. */
  close(close: CloseInfo): void {
    this.end();
    for (const handler of this.#handlers.close) this.#call(handler, close);
  }

  /** A handler that returns nothing may well be an async function. */
  #call<Argument>(handler: (argument: Argument) => unknown, argument: Argument): void {
    try {
      const result = handler(argument);
      if (result instanceof Promise) this.#settled(result);
    } catch (error) {
      this.#owner.handlerFailed(error);
    }
  }
}
