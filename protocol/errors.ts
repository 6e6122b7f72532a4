/**
 * The two errors that a peer's bytes can cause: one closes a connection, one refuses a handshake.
 */

/** Stable names of the ways in which a peer can break the protocol, for `switch` and for logs. */
export type ProtocolErrorCode =
  | "PROTOCOL_ERROR"
  | "INVALID_PAYLOAD"
  | "POLICY_VIOLATION"
  | "MESSAGE_TOO_BIG";

/**
 * Stable names of the reasons for which a handshake fails: by the client's request, or by the
 * server's answer.
 */
export type HandshakeErrorCode = "BAD_REQUEST" | "BAD_RESPONSE";

/** Every `code` that an error of this module can carry. */
export type ErrorCode = ProtocolErrorCode | HandshakeErrorCode;

/** The close code that goes on the wire for each kind of error. RFC 6455 §7.4.1. */
const closeCodes = {
  PROTOCOL_ERROR: 1002,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
} as const satisfies Record<ProtocolErrorCode, number>;

/**
 * A peer's frames broke RFC 6455, RFC 7692 or one of our limits. It fails the connection with
 * {@linkcode ProtocolError.closeCode}, and its message is the close reason.
 *
 * @example The close code of a broken rule
 * ```ts
 * import { ProtocolError } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ProtocolError("PROTOCOL_ERROR", "Frame is not masked");
 * assertEquals(error.closeCode, 1002);
 * ```
 */
export class ProtocolError extends Error {
  /** Name of the class. */
  override readonly name = "ProtocolError";

  /** The kind of rule that was broken. */
  readonly code: ProtocolErrorCode;

  /** The close code for the Close frame. */
  readonly closeCode: number;

  /**
   * Describes a broken rule.
   *
   * @param code Which kind of rule was broken.
   * @param message The error, at most 123 bytes of UTF-8: it is sent as the close reason.
   */
  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
    this.closeCode = closeCodes[code];
  }
}

/**
 * An HTTP head or an opening handshake is not acceptable. A server answers with
 * {@linkcode HandshakeError.status}, a client gives up.
 *
 * @example Refusing a handshake
 * ```ts
 * import { HandshakeError } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HandshakeError(426, "Sec-WebSocket-Version must be 13", {
 *   "sec-websocket-version": "13",
 * });
 * assertEquals(error.status, 426);
 * ```
 */
export class HandshakeError extends Error {
  /** Name of the class. */
  override readonly name = "HandshakeError";

  /** HTTP status to answer with; 0 where the fault is in a server's response. */
  readonly status: number;

  /** Header fields that the answer must carry. */
  readonly headers: Readonly<Record<string, string>>;

  /** `BAD_RESPONSE` where a server's answer is at fault, else `BAD_REQUEST`. */
  readonly code: HandshakeErrorCode;

  /**
   * Describes what was not acceptable.
   *
   * @param status HTTP status to answer with; 0 where the fault is in a server's response.
   * @param message The error: it is sent as the response's body.
   * @param headers Header fields that the answer must carry.
   */
  constructor(
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.code = status === 0 ? "BAD_RESPONSE" : "BAD_REQUEST";
  }
}
