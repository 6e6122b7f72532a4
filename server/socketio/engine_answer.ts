/** The answers of the engine over HTTP: payloads, and errors in the form that clients know. */

import { addHeaders, type HttpError } from "../wires/http_answer.ts";

/** Errors, by the names that Engine.IO has for them. */
const errors = {
  unknownTransport: { code: 0, message: "Transport unknown", status: 400 },
  unknownSession: { code: 1, message: "Session ID unknown", status: 400 },
  badMethod: { code: 2, message: "Bad handshake method", status: 400 },
  badRequest: { code: 3, message: "Bad request", status: 400 },
  forbidden: { code: 4, message: "Forbidden", status: 403 },
  unknownVersion: { code: 5, message: "Unsupported protocol version", status: 400 },
} as const;

/** A request that is not served, and why. */
export type EngineError = keyof typeof errors;

/**
 * Answers with an error.
 *
 * @param error Which it is.
 * @param message Replaces its own text.
 * @param status Status in the place of its own.
 */
export function errorResponse(error: EngineError, message?: string, status?: number): Response {
  const { code, message: text, status: ownStatus } = errors[error];
  return Response.json({ code, message: message ?? text }, {
    status: status ?? ownStatus,
    headers: { "cache-control": "no-store" },
  });
}

/** Answers that there are too many sessions, or are to be no more. */
export function tooManyResponse({ status, message, headers }: HttpError): Response {
  return addHeaders(errorResponse("forbidden", message, status), headers);
}

/** Answers with packets, or `ok`. */
export function textResponse(text: string): Response {
  return new Response(text, {
    headers: { "content-type": "text/plain; charset=UTF-8", "cache-control": "no-store" },
  });
}
