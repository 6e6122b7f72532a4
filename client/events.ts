/** Names of events and what they carry, and the handlers of those that come. */

/**
 * Events of any name with data of any kind: the default of a client.
 *
 * @example A client that knows no types, and looks itself
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { type AnyEvents, connect, type HawserClient } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * app.onConnect((client) => void client.emit("said", { text: "Ahoy" }));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
 * await using client: HawserClient<AnyEvents, AnyEvents> = connect(url);
 * const said = await new Promise<unknown>((resolve) => client.on("said", resolve));
 * assertEquals(typeof said === "object" && said !== null && "text" in said && said.text, "Ahoy");
 * ```
 */
export type AnyEvents = Record<string, unknown>;

/**
 * The event names of a type that maps names to data.
 *
 * @typeParam Events Such a type.
 *
 * @example Only names that the server knows
 * ```ts
 * import { connect, type EventName } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientEvents {
 *   say: { text: string };
 *   typing: null;
 * }
 * await using client = connect<object, ClientEvents>("ws://127.0.0.1:1");
 * function tell(event: EventName<ClientEvents>): string {
 *   return `${event}: ${client.emit(event)}`;
 * }
 * assertEquals(tell("typing"), "typing: queued");
 * // @ts-expect-error There is no such event.
 * const _misspelt = () => tell("typign");
 * ```
 */
export type EventName<Events extends object> = keyof Events & string;

/**
 * What an event carries: its type, or what its type takes, where that is a function.
 *
 * @typeParam Event The type of an event, as a type that maps names to events has it.
 *
 * @example An event with an answer, and one without
 * ```ts
 * import type { EventData } from "@hawser/ws/client";
 * import { assertType, type IsExact } from "@std/testing/types";
 *
 * interface ClientEvents {
 *   root: (x: number) => { value: number };
 *   note: { text: string };
 * }
 * assertType<IsExact<EventData<ClientEvents["root"]>, number>>(true);
 * assertType<IsExact<EventData<ClientEvents["note"]>, { text: string }>>(true);
 * ```
 */
export type EventData<Event> = Event extends (...data: infer Data) => unknown
  ? Data extends [] ? undefined : Data[0]
  : Event;

/**
 * What an event is answered with: what its type returns, where that is a function, or a promise of
 * it; `null` for nothing. Of other events the answer is `unknown`.
 *
 * @typeParam Event The type of an event, as a type that maps names to events has it.
 *
 * @example An event with an answer, and one without
 * ```ts
 * import type { EventAnswer } from "@hawser/ws/client";
 * import { assertType, type IsExact } from "@std/testing/types";
 *
 * interface ClientEvents {
 *   root: (x: number) => Promise<{ value: number }>;
 *   note: { text: string };
 * }
 * assertType<IsExact<EventAnswer<ClientEvents["root"]>, { value: number }>>(true);
 * assertType<IsExact<EventAnswer<ClientEvents["note"]>, unknown>>(true);
 * ```
 */
export type EventAnswer<Event> = Event extends (...data: never) => infer Answer
  ? Awaited<Answer> extends infer Value ? Value extends void | undefined ? null : Value : never
  : unknown;

/**
 * What every server says in its own name.
 *
 * @example What a server adds to its welcome
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect, type WireEvents } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App({ welcome: () => ({ version: 3 }) });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
 * const welcome = await new Promise<WireEvents["welcome"]>((resolve) => {
 *   client.once("welcome", resolve);
 * });
 * assertEquals([welcome.version, welcome.id], [3, client.id]);
 * ```
 */
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
  /** An error that answers no acknowledgement. */
  error: { readonly code: string; readonly message: string; readonly [field: string]: unknown };
}

/**
 * Everything that a client may hear: the application's events and the server's own.
 *
 * @typeParam ServerEvents What the application sends.
 *
 * @example The next event as a promise
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import {
 *   connect,
 *   type EventData,
 *   type EventName,
 *   type HawserClient,
 *   type Heard,
 * } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * function next<Events extends object, Name extends EventName<Heard<Events>>>(
 *   client: HawserClient<Events>,
 *   event: Name,
 * ): Promise<EventData<Heard<Events>[Name]>> {
 *   return new Promise((resolve) => client.once(event, resolve));
 * }
 * const app = new App();
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
 * client.emit("sink");
 * assertEquals((await next(client, "error")).code, "UNKNOWN_EVENT");
 * ```
 */
export type Heard<ServerEvents extends object> = ServerEvents & WireEvents;

/**
 * Handles an event. Where the server asks for an acknowledgement, the result is the answer, or a
 * {@linkcode ServerError} that it throws. All else that it throws goes to the option `onError`.
 *
 * @typeParam Data What the event carries.
 * @typeParam Result What the handler returns.
 *
 * @example A handler that stands by itself
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect, type Handler } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const show: Handler<{ from: string; text: string }> = ({ from, text }) => {
 *   lines.push(`${from}: ${text}`);
 * };
 * const app = new App();
 * app.on("greet", (client) => void client.emit("said", { from: "Ada", text: "Ahoy" }));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
 * await using client = connect<{ said: { from: string; text: string } }>(url);
 * client.on("said", show);
 * await client.emitWithAck("greet");
 * assertEquals(lines, ["Ada: Ahoy"]);
 * ```
 */
export type Handler<Data, Result = unknown> = (data: Data) => Result;

/**
 * Handles an event whose type may say the answer: it returns that, now or later, or nothing.
 *
 * @typeParam Event The type of the event.
 *
 * @example A handler that must answer with a number, and one that need not
 * ```ts
 * import type { HandlerOf } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const root: HandlerOf<(x: number) => number> = (x) => Math.sqrt(x);
 * const note: HandlerOf<{ text: string }> = ({ text }) => text.length;
 * // @ts-expect-error The answer is no number.
 * const wrong: HandlerOf<(x: number) => number> = (x) => `${x}`;
 * assertEquals([root(9), note({ text: "Ahoy" }), wrong(9)], [3, 4, "9"]);
 * ```
 */
export type HandlerOf<Event> = Handler<
  EventData<Event>,
  | void
  | (Event extends (...data: never) => infer Answer
    ? Awaited<Answer> | Promise<Awaited<Answer> | void>
    : unknown)
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
