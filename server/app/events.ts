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
 * The event names of a type that maps names to data.
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
