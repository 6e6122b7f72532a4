/** Names of events and what they carry, and the handlers of those that come. */

/** Events of any name with data of any kind: the default of a client. */
export type AnyEvents = Record<string, unknown>;

/** The event names of a type that maps names to data. */
export type EventName<Events extends object> = keyof Events & string;

/** What every server says in its own name. */
export interface WireEvents {
  /** The first message of every connection: the client's id, and what the application adds. */
  welcome: { readonly id: string; readonly [field: string]: unknown };
  /** The token was accepted. */
  auth_ok: { readonly user?: Readonly<Record<string, unknown>> };
  /** An error that answers no acknowledgement. */
  error: { readonly code: string; readonly message: string; readonly [field: string]: unknown };
}

/** Everything that a client may hear. */
export type Heard<ServerEvents extends object> = ServerEvents & WireEvents;

/** Handles an event. Where the server asks for an acknowledgement, the result is the answer. */
export type Handler<Data> = (data: Data) => unknown;

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
