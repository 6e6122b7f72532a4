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

const joining =
  "clients join by the option rooms of the App, and app.onJoin() and app.onLeave() observe it";

/**
 * What hears of things that are events elsewhere. A handler of `connection` would wait for a client
 * that sends an event of this name, in the place of each client that connects.
 */
const insteadOf: ReadonlyMap<string, string> = new Map([
  ["connection", "app.onConnect() hears of each client"],
  ["connect", "app.onConnect() hears of each client"],
  ["disconnect", "app.onDisconnect() hears of each client that goes"],
  ["disconnecting", "app.onDisconnect() hears of each client that goes, still in its rooms"],
  ["room:join", joining],
  ["room:leave", joining],
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
  const instead = insteadOf.get(event);
  if (!isHandledByWires(event) && instead === undefined) return;
  const hint = instead === undefined ? "" : `: ${instead}`;
  throw new TypeError(`Cannot handle "${event}" as it is reserved${hint}`);
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
