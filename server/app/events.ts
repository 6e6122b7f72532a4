/** Names of events: their types, and those that belong to the server. */

/** Events of any name with data of any kind: the default of an {@linkcode App}. */
export type AnyEvents = Record<string, unknown>;

/** The event names of a type that maps names to data. */
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
