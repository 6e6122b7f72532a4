/** Names of events: their types, and those that belong to the server. */

/**
 * Events of any name with data of any kind: the default of an {@linkcode App}. What handlers get is
 * `unknown`, and has to be checked.
 *
 * @example Typed events one way only
 * ```ts
 * import { type AnyEvents, App, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App<AnyEvents, { tick: { at: number } }>();
 * app.on("size", (_client, data) => typeof data === "string" ? data.length : undefined);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await client.emitWithAck("size", "ahoy"), 4);
 * ```
 */
export type AnyEvents = Record<string, unknown>;

/**
 * The event names of a type that maps names to events.
 *
 * @typeParam Events The type, such as an interface with a property for each event.
 *
 * @example A function that sends any of the events
 * ```ts
 * import { App, type EventName, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * interface ServerEvents {
 *   joined: { userId: string };
 *   left: { userId: string };
 * }
 * const app = new App<object, ServerEvents>();
 * function tell<Name extends EventName<ServerEvents>>(name: Name, data: ServerEvents[Name]): void {
 *   app.except("staff").emit(name, data);
 * }
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect<ServerEvents>(`ws://127.0.0.1:${server.addr.port}`);
 * await client.ready();
 * const heard = new Promise((resolve) => client.once("left", resolve));
 * tell("left", { userId: "u1" });
 * assertEquals(await heard, { userId: "u1" });
 * ```
 */
export type EventName<Events extends object> = keyof Events & string;

/**
 * What each event carries, by its name. An event may be given as its data, or as a function: of the
 * data, which returns the acknowledgement, or as Socket.IO's types have it, with a callback last.
 *
 * @typeParam Events A type that maps names to events.
 *
 * @example The same event, written in three ways
 * ```ts
 * import type { EventData } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientEvents {
 *   "note:add": { text: string };
 *   "note:edit": (data: { id: number; text: string }) => { status: "ok" | "gone" };
 *   "note:delete": (id: number, callback: (answer: { deleted: boolean }) => void) => void;
 * }
 * const edit: EventData<ClientEvents>["note:edit"] = { id: 1, text: "Set sail" };
 * const id: EventData<ClientEvents>["note:delete"] = edit.id;
 * assertEquals(id, 1);
 * ```
 */
export type EventData<Events extends object> = {
  [Name in keyof Events]: Events[Name] extends (...args: infer Args extends unknown[]) => unknown
    ? Args[0] extends (...args: never[]) => unknown ? undefined : Args[0]
    : Events[Name];
};

/**
 * What each event is acknowledged by, by its name: `unknown` where it is given as its data alone. An
 * answer that comes from a client is not checked.
 *
 * @typeParam Events A type that maps names to events; see {@linkcode EventData}.
 *
 * @example Answers both ways
 * ```ts
 * import { App, type EventAnswers, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientEvents {
 *   double: (data: { n: number }) => number;
 * }
 * interface ServerEvents {
 *   confirm: (data: { text: string }) => "yes" | "no";
 * }
 * const app = new App<ClientEvents, ServerEvents>();
 * app.on("double", async (client, { n }) => {
 *   const answer: EventAnswers<ServerEvents>["confirm"] = await client.emitWithAck("confirm", {
 *     text: `Double ${n}?`,
 *   });
 *   return answer === "yes" ? 2 * n : n;
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * ada.on("confirm", () => "yes");
 * assertEquals(await ada.emitWithAck("double", { n: 21 }), 42);
 * ```
 */
export type EventAnswers<Events extends object> = {
  [Name in keyof Events]: Events[Name] extends
    (...args: infer Args extends unknown[]) => infer Result
    ? Args extends [...unknown[], (answer: infer Answer, ...rest: never[]) => unknown] ? Answer
    : Awaited<Result>
    : unknown;
};

/**
 * What is given of an event that is published: its data without the `seq`, which the stream adds.
 *
 * @typeParam Data The event's data; of a union, each member by itself.
 *
 * @example One event of two kinds
 * ```ts
 * import { App, type Unnumbered } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * type Entry = { kind: "text"; text: string; seq: number } | { kind: "image"; url: string; seq: number };
 * const app = new App<object, { entry: Entry }>();
 * const entries: Unnumbered<Entry>[] = [{ kind: "text", text: "Ahoy" }, { kind: "image", url: "/a.png" }];
 * const positions = await Promise.all(entries.map((entry) => app.publish("log", "entry", entry)));
 * assertEquals(positions.map(({ seq }) => seq), [1, 2]);
 * ```
 */
export type Unnumbered<Data> = Data extends unknown ? Omit<Data, "seq"> : never;

/** What wires say in their own name; applications neither send nor handle these. */
const reserved: ReadonlySet<string> = new Set([
  "auth",
  "auth_ok",
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "error",
  "newListener",
  "removeListener",
  "server:busy",
  "welcome",
]);

/** Tells whether an event name belongs to the server. */
export function isReservedEvent(event: string): boolean {
  return reserved.has(event);
}

/**
 * Checks an event name that the application uses.
 *
 * @throws {TypeError} The name is empty, no string, or reserved.
 */
export function checkEventName(event: string): void {
  if (typeof event !== "string" || event === "") {
    throw new TypeError("Cannot use this event name: it is not a string with content");
  }
  if (isReservedEvent(event)) {
    throw new TypeError(`Cannot use this event name: "${event}" is reserved`);
  }
}
