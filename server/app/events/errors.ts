/** The error that an event is answered with, and its codes. */

import { checkData } from "../../../wire/data.ts";
import { checkOptions, type OptionType } from "../../../wire/option_checks.ts";

/**
 * The codes that the server itself answers with, and which an application may use in the same
 * sense. They do not change from version to version.
 */
export type EventErrorCode =
  /** The message is not JSON. */
  | "PARSE_ERROR"
  /** The message has no event, its data does not fit the schema, or a name is too long. */
  | "INVALID_MESSAGE"
  /** Nothing handles the event. */
  | "UNKNOWN_EVENT"
  /** The client has not said who it is, or its token is not accepted. */
  | "UNAUTHORIZED"
  /** The client may not do this. */
  | "FORBIDDEN"
  /** The client sends too fast; the field `retryAfter` says for how many seconds to stop. */
  | "RATE_LIMITED"
  /** There is no room for it at present, or the server shuts down: the client may try later. */
  | "UNAVAILABLE"
  /** A handler failed; the client is told no more. */
  | "INTERNAL";

/**
 * Options of an {@linkcode EventError}: `details` for the client, and a `cause` for ourselves,
 * which is not sent.
 */
export interface EventErrorOptions extends ErrorOptions {
  /**
   * Fields that the client is told besides code and message, such as `retryAfter` in seconds. None
   * is called `code`, `message` or `event`.
   */
  readonly details?: Readonly<Record<string, unknown>>;
}

const optionTypes = {
  cause: "any",
  details: "object",
} as const satisfies Record<keyof EventErrorOptions, OptionType>;

/**
 * Thrown by a handler or a middleware to answer an event with an error: its code and message go
 * to the client, and the connection stays open. Any other error is answered `INTERNAL`.
 *
 * @example Refusing an event
 * ```ts
 * import { App, EventError, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * app.on("note:delete", () => {
 *   throw new EventError("FORBIDDEN", "Not your note");
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * const heard = new Promise((resolve) => client.once("error", resolve));
 * client.emit("note:delete");
 * assertEquals(await heard, { code: "FORBIDDEN", message: "Not your note", event: "note:delete" });
 * ```
 */
export class EventError extends Error {
  /** `"EventError"`: tells it apart from other errors in logs. */
  override readonly name = "EventError";
  /** Further fields for the client, besides code and message. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /**
   * Makes an error to be thrown.
   *
   * @param code One of the server's codes, or a code of your own in upper case.
   * @param message The text for the client.
   * @param options More fields for the client; the error that caused this one, which is not sent.
   * @throws {TypeError} An option is not known, or JSON cannot carry the details.
   */
  constructor(
    readonly code: EventErrorCode | Uppercase<string>,
    message: string,
    options?: EventErrorOptions,
  ) {
    if (options !== undefined) checkOptions("EventError", options, optionTypes);
    super(message, options);
    this.details = options?.details;
    if (this.details !== undefined) checkDetails(this.details);
  }
}

/** The fields of each error, which `details` cannot replace. */
const ownFields = ["code", "message", "event"];

/** @throws {TypeError} Where the error is made, as where it is sent nobody could be told. */
function checkDetails(details: Readonly<Record<string, unknown>>): void {
  checkData(details);
  const taken = ownFields.find((name) => Object.hasOwn(details, name));
  if (taken !== undefined) {
    throw new TypeError(`Cannot use "${taken}" in details: the error has a field of this name`);
  }
}
