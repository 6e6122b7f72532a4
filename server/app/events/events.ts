/** Names of events that belong to the server, and the data of those that are published. */

/**
 * What is given of an event that is published: its data without the `seq`, which the stream adds.
 *
 * @typeParam Data The event's data; of a union, each member by itself.
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
