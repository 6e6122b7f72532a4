/** Refusals as responses: how a wire that speaks HTTP says that somebody may not come in. */

import { EventError } from "../app/events/errors.ts";
import { HttpError } from "./http_answer.ts";

/** The status of a refusal by the code of its error; a code of the application's own is a 403. */
const statuses: Readonly<Record<string, number>> = {
  PARSE_ERROR: 400,
  INVALID_MESSAGE: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
};

/** Seconds after which a client may try again where the error does not say it. */
const defaultRetryAfter = 5;

/** The status that says a refusal. */
export function statusOf({ code }: EventError): number {
  return statuses[code] ?? 403;
}

/** Gives a refusal of the application as an error of the HTTP wires, with its details. */
export function httpErrorOf(refusal: EventError): HttpError {
  const { code, message, details } = refusal;
  return new HttpError(statusOf(refusal), code, message, refusalHeaders(refusal), details);
}

/**
 * The header fields that belong to a refusal: what to authenticate by, RFC 6750 §3, which names an
 * error only to who has tried; and when to come back, RFC 9110 §10.2.3.
 */
function refusalHeaders(refusal: EventError): Record<string, string> {
  const { code, details } = refusal;
  if (code === "UNAUTHORIZED") {
    const isTried = details?.reason === "invalid_token";
    return { "www-authenticate": isTried ? 'Bearer error="invalid_token"' : "Bearer" };
  }
  if (code !== "RATE_LIMITED" && code !== "UNAVAILABLE") return {};
  const { retryAfter = defaultRetryAfter } = details ?? {};
  return typeof retryAfter === "number" ? { "retry-after": `${Math.ceil(retryAfter)}` } : {};
}

/**
 * Says a refusal by a response: 401, 403, 429 or 503 with the error's message as text. A response of
 * the `upgrade` hook stays as it is.
 *
 * @param refusal Why a client may not come in.
 * @returns The response.
 *
 * @example A wire that refuses
 * ```ts
 * import { EventError } from "@hawser/ws";
 * import { refusalResponse } from "@hawser/ws/wire";
 * import { assertEquals } from "@std/assert";
 *
 * const response = refusalResponse(new EventError("FORBIDDEN", "Members only"));
 * assertEquals([response.status, await response.text()], [403, "Members only"]);
 * ```
 */
export function refusalResponse(refusal: Response | EventError): Response {
  if (!(refusal instanceof EventError)) return refusal;
  const init = { status: statusOf(refusal), headers: refusalHeaders(refusal) };
  return new Response(refusal.message, init);
}
