/** Names of events and what they carry, and the handlers of those that come. */

import type { EventData, EventName, EventResults } from "../wire/event_types.ts";
import type { Joined } from "./rooms/rooms.ts";

/** Events of every server, which are not the application's. */
export interface WireEvents {
  /**
   * The first message of every connection: the client's id, how many messages it may send a second
   * and at once, and what the application adds.
   */
  welcome: {
    readonly id: string;
    readonly rateLimit?: { readonly perSecond: number; readonly burst: number } | null;
    readonly [field: string]: unknown;
  };
  /** The token was accepted. */
  auth_ok: { readonly user?: Readonly<Record<string, unknown>> };
  /** The client is in a room that it has asked for. */
  "room:joined": Joined;
  /** The client is not in a room any more: it has left, or the server has taken it out. */
  "room:left": { readonly roomId: string };
  /** An error that answers no acknowledgement. */
  error: { readonly code: string; readonly message: string; readonly [field: string]: unknown };
}

/**
 * All events that a client may get: the application's events and the server's own.
 *
 * @typeParam ServerEvents What the application sends.
 */
export type ReceivedEvents<ServerEvents extends object> = ServerEvents & WireEvents;

/**
 * Handles an event. Where the server asks for an acknowledgement, the result is the answer, or a
 * {@linkcode ServerError} that it throws. All else that it throws goes to the option `onError`.
 *
 * @typeParam Data What the event carries.
 * @typeParam Result What the handler returns.
 */
export type Handler<Data, Result = unknown> = (data: Data) => Result;

/**
 * Handles one of several events: it gets the data and returns the answer, now or later, or nothing.
 *
 * @typeParam Events A type that maps names to events.
 * @typeParam Name The name of the event.
 */
export type HandlerOf<Events extends object, Name extends keyof Events> = Handler<
  EventData<Events>[Name],
  void | EventResults<Events>[Name] | Promise<EventResults<Events>[Name] | void>
>;

interface Entry {
  readonly handler: Handler<never>;
  readonly once: boolean;
}

/** Handlers by event name. */
export class Handlers<Events extends object> {
  /** Lists are replaced as a whole, so that handlers may come and go while they run. */
  readonly #entries = new Map<string, readonly Entry[]>();

  /** Adds a handler; each runs as often as it was added. */
  add<Name extends EventName<Events>>(
    event: Name,
    handler: Handler<Events[Name]>,
    once = false,
  ): void {
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot handle "${event}": the handler is not a function`);
    }
    this.#entries.set(event, [...this.#entries.get(event) ?? [], { handler, once }]);
  }

  /** Removes a handler that `add` has added. */
  remove<Name extends EventName<Events>>(event: Name, handler: Handler<Events[Name]>): void {
    this.#keep(event, (entry) => entry.handler !== handler);
  }

  /**
   * Takes the handlers of an event that has come; those for one time only are removed.
   *
   * @returns The handlers, in the order in which they were added.
   */
  take(event: string): Handler<unknown>[] {
    const entries = this.#entries.get(event) ?? [];
    if (entries.some(({ once }) => once)) this.#keep(event, (entry) => !entry.once);
    // The cast: what an event carries is the server's word.
    return entries.map(({ handler }) => handler as Handler<unknown>);
  }

  #keep(event: string, keeps: (entry: Entry) => boolean): void {
    const entries = this.#entries.get(event)?.filter(keeps) ?? [];
    if (entries.length > 0) this.#entries.set(event, entries);
    else this.#entries.delete(event);
  }
}

/**
 * Adds a listener to a set.
 *
 * @returns A function that removes it.
 * @throws {TypeError} It is not a function.
 */
export function addListener<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  if (typeof listener !== "function") {
    throw new TypeError("Cannot listen: the listener is not a function");
  }
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
