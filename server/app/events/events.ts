/** Names of events that belong to the server. */

/** Names that clients of Socket.IO and their runtimes use themselves, in both directions. */
const reserved = [
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "error",
  "newListener",
  "removeListener",
];

/** Messages of clients to a wire, which applications cannot handle. */
const handledByWires: ReadonlySet<string> = new Set([
  ...reserved,
  "auth",
  "room:join",
  "room:leave",
]);

/** Messages of wires in their own name, which applications cannot send. */
const sentByWires: ReadonlySet<string> = new Set([
  ...reserved,
  "auth_ok",
  "room:joined",
  "room:left",
  "welcome",
]);

/** Tells whether an event that a client sends belongs to the wires. */
export function isHandledByWires(event: string): boolean {
  return handledByWires.has(event);
}

/**
 * Checks the name of an event that the application handles.
 *
 * @throws {TypeError} The name is empty, no string, or reserved.
 */
export function checkHandledName(event: string): void {
  checkName(event);
  if (!isHandledByWires(event)) return;
  const instead = event.startsWith("room:")
    ? ": clients join by the option rooms of the App, and app.onJoin() and app.onLeave() observe it"
    : "";
  throw new TypeError(`Cannot handle "${event}" as it is reserved${instead}`);
}

/**
 * Checks the name of an event that the application sends.
 *
 * @throws {TypeError} The name is empty, no string, or reserved.
 */
export function checkSentName(event: string): void {
  checkName(event);
  if (sentByWires.has(event)) throw new TypeError(`Cannot send "${event}" as it is reserved`);
}

function checkName(event: string): void {
  if (typeof event === "string" && event !== "") return;
  throw new TypeError("Cannot use this event name: it is not a string with content");
}
