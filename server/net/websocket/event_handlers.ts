/** The handlers of one connection's events, and the promises that they return. */

import type { CloseInfo, ConnectionEvents } from "../../types.ts";

type Name = keyof ConnectionEvents;
type Handler = ConnectionEvents[Name];

const names: readonly Name[] = ["message", "ping", "pong", "waiting", "drain", "close"];
const none: readonly (Name | Handler)[] = [];

/** Gets the errors of handlers. */
export interface EventOwner {
  /** A handler has thrown, or its promise has rejected. */
  handlerFailed(error: unknown): void;
}

/** Calls handlers in the order in which they were added, and reports their errors. */
export class EventHandlers {
  readonly #owner: EventOwner;
  /** Names and handlers in turn. Replaced, never changed: a list for each event takes more memory. */
  #handlers = none;
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
    checkName(name);
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot handle event "${name}": the handler is not a function`);
    }
    // A list that is spread has room for sixteen more.
    this.#handlers = this.#handlers.concat(name, handler);
    if (name === "message") this.#deliverEarly?.();
  }

  off<Each extends Name>(name: Each, handler: ConnectionEvents[Each]): void {
    checkName(name);
    const handlers = this.#handlers;
    let kept = none;
    for (let i = 0; i < handlers.length; i += 2) {
      const isIt = handlers[i] === name && handlers[i + 1] === handler;
      if (!isIt) kept = kept.concat(handlers[i]!, handlers[i + 1]!);
    }
    this.#handlers = kept;
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
    const handlers = this.#handlers;
    let pending: Promise<unknown> | undefined;
    let isHandled = false;
    for (let i = 0; i < handlers.length; i += 2) {
      if (handlers[i] !== "message") continue;
      isHandled = true;
      if (this.#closed) break; // by the handler before
      try {
        const result: unknown = (handlers[i + 1] as ConnectionEvents["message"])(data);
        if (result instanceof Promise) pending = this.#join(pending, result);
      } catch (error) {
        this.#owner.handlerFailed(error);
      }
    }
    return isHandled || this.#opening === undefined ? pending : this.#keepEarly(data);
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
    this.#dispatch(name, data);
  }

  /** Dispatches an event that carries nothing. */
  emit(name: "waiting" | "drain"): void {
    this.#dispatch(name, undefined);
  }

  /** The connection has ended: nothing is dispatched any more but its close. */
  end(): void {
    this.#closed = true;
  }

  /** Dispatches the close event. */
  close(close: CloseInfo): void {
    this.end();
    this.#dispatch("close", close);
  }

  /** Calls the handlers of any event but `message`. Each gets bytes of its own. */
  #dispatch(name: Exclude<Name, "message">, argument: Uint8Array | CloseInfo | undefined): void {
    const handlers = this.#handlers;
    for (let i = 0; i < handlers.length; i += 2) {
      if (handlers[i] !== name) continue;
      if (this.#closed && name !== "close") return;
      // The cast: the name says what the handler takes.
      const handler = handlers[i + 1] as (argument: unknown) => unknown;
      this.#call(handler, argument instanceof Uint8Array ? argument.slice() : argument);
    }
  }

  /** A handler that returns nothing may well be an async function. */
  #call(handler: (argument: unknown) => unknown, argument: unknown): void {
    try {
      const result = handler(argument);
      if (result instanceof Promise) this.#settled(result);
    } catch (error) {
      this.#owner.handlerFailed(error);
    }
  }
}

function checkName(name: Name): void {
  if (names.includes(name)) return;
  throw new TypeError(`Cannot handle event "${name}": it is none of ${names.join(", ")}`);
}
