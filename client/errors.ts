/** Errors of requests: no answer, or an error as the answer. */

/**
 * Codes of {@linkcode ClientError}: why the client rejects or throws.
 */
export type ClientErrorCode =
  /** There was no acknowledgement in time. */
  | "ACK_TIMEOUT"
  /** The connection ended before the acknowledgement; whether the event arrived is not known. */
  | "ACK_DISCONNECTED"
  /** The server answered with an error, a {@linkcode ServerError}, which is the `cause`. */
  | "ACK_REFUSED"
  /**
   * The event has not arrived: there was no connection in time, it cannot carry the event, or the
   * server does not take it.
   */
  | "NOT_SENT"
  /** Too many messages are queued. */
  | "QUEUE_FULL"
  /** The client is closed, or has left the room. */
  | "CLOSED";

/**
 * The error with which promises of the client reject.
 *
 * @example Why there is no answer
 * ```ts
 * import { ClientError } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * function explain(error: unknown): string {
 *   return error instanceof ClientError && error.code === "ACK_TIMEOUT" ? "Too slow" : "Failed";
 * }
 * assertEquals(explain(new ClientError("ACK_TIMEOUT", "Acknowledgement timeout")), "Too slow");
 * ```
 */
export class ClientError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "ClientError";

  /**
   * Made by the client.
   *
   * @param code The kind of the error.
   * @param message The same for people.
   * @param options The error of the server, where there is one.
   */
  constructor(readonly code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * An error that the server has answered an event with. A handler of the client may throw one to
 * answer a request of the server.
 *
 * @example Answering the server with an error
 * ```ts
 * import { ServerError } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ServerError("FORBIDDEN", "Not in this room");
 * assertEquals([error.code, error.message], ["FORBIDDEN", "Not in this room"]);
 * ```
 */
export class ServerError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "ServerError";

  /**
   * Makes an error from an answer.
   *
   * @param code A stable code, such as `RATE_LIMITED`.
   * @param message The same for people.
   * @param details Other fields of the error, such as `retryAfter`.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** Describes any thrown value. Never throws. */
export function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "Unknown error";
  }
}
