/** Close codes as a client meets them, RFC 6455 §7.4; what they mean stands in wire/. */

import { adviceAfter, Closes } from "../wire/close_code.ts";

/**
 * How a connection ended.
 */
export interface CloseInfo {
  /** Close code; 1005 without a code, 1006 without a Close frame. */
  readonly code: number;
  /** Close reason. */
  readonly reason: string;
  /** `true` when the closing handshake was done. */
  readonly wasClean: boolean;
}

/** The longest reason, in bytes. RFC 6455 §5.5. */
export const maxReasonLength = 123;

/**
 * Checks how an application closes a connection, RFC 6455 §7.4.
 *
 * @throws {RangeError} The code is for others, or the reason is too long.
 */
export function checkClose(code: number, reason: string): void {
  if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    const range = "1000 or from 3000 to 4999";
    throw new RangeError(`Cannot use close code as it must be ${range}: current value is ${code}`);
  }
  const size = new TextEncoder().encode(reason).length;
  if (size <= maxReasonLength) return;
  throw new RangeError(
    `Cannot use reason as it must be at most ${maxReasonLength} bytes: current size is ${size}`,
  );
}

/** Makes the end of a connection whose server says too much at once. */
export function messageTooBig(maxSize: number): CloseInfo {
  return { code: 1009, reason: `Message is longer than ${maxSize}`, wasClean: false };
}

/** The token has expired: another one may do. */
export const unauthorized: number = Closes.tokenExpired.code;

/** Tells whether the server closes since the client has sent too fast: it may, but not at once. */
export function isRateClose(code: number, reason: string): boolean {
  return adviceAfter(code, reason) === "back off";
}

/**
 * Tells whether to connect again after a close. Codes 4400 to 4499 mirror HTTP's client errors:
 * 4403 is "Forbidden", and stays so; 3000 and 3003 are registered at IANA for the same. All others
 * that applications define pass.
 *
 * @param code Close code.
 * @param reason Close reason: a server of this package closes with 1008 for several.
 * @returns `false` where another attempt would end the same way.
 *
 * @example What the server means
 * ```ts
 * import { mayReconnect } from "@hawser/ws/client";
 * import { assert } from "@std/assert";
 *
 * assert(mayReconnect(1012)); // Server shutting down
 * assert(!mayReconnect(1008, "Authentication failed"));
 * assert(mayReconnect(1008, "Rate limit exceeded")); // some time later
 * ```
 */
export function mayReconnect(code: number, reason: string = ""): boolean {
  return adviceAfter(code, reason) !== "stay away";
}
