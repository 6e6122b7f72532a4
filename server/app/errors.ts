/** The error that an event is answered with, and its codes. */

/** The codes that the server itself answers with. */
export type EventErrorCode =
  /** The message is not JSON. */
  | "PARSE_ERROR"
  /** The message has no event, its data does not fit the schema, or a name is too long. */
  | "INVALID_MESSAGE"
  /** Nothing handles the event. */
  | "UNKNOWN_EVENT"
  /** The client may not do this. */
  | "FORBIDDEN"
  /** The client sends too fast; the field `retryAfter` says for how many seconds to stop. */
  | "RATE_LIMITED"
  /** A handler failed; the client is told no more. */
  | "INTERNAL";

/** What an {@linkcode EventError} may carry. */
export interface EventErrorOptions extends ErrorOptions {
  /** Fields that the client is told besides code and message, such as `retryAfter` in seconds. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Thrown by a handler or a middleware to answer an event with an error: its code and message go
 * to the client, and the connection stays open. Whatever else is thrown is answered `INTERNAL`.
 *
 * @example Refusing an event
 * ```ts
 * import { App, EventError } from "@hawser/ws";
 * import { assertThrows } from "@std/assert";
 *
 * const app = new App();
 * app.on("note:delete", () => {
 *   throw new EventError("FORBIDDEN", "Not your note");
 * });
 * assertThrows(() => app.on("note:delete", () => {}), TypeError);
 * ```
 */
export class EventError extends Error {
  /** Tells it apart from other errors in logs. */
  override readonly name = "EventError";
  /** What the client is told besides code and message. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /**
   * Makes an error to be thrown.
   *
   * @param code One of the server's codes, or a code of your own in upper case.
   * @param message What is told to the client.
   * @param options More fields for the client; the error that caused this one, which is not sent.
   */
  constructor(
    readonly code: EventErrorCode | Uppercase<string>,
    message: string,
    options?: EventErrorOptions,
  ) {
    super(message, options);
    this.details = options?.details;
  }
}
