/** Between the messages of the JSON wire and what the client speaks of. */

import { encodeData } from "../wire/data.ts";
import * as wire from "../wire/event_message.ts";
import { errorFields } from "../wire/server_message.ts";
import { ServerError } from "./errors.ts";

/** The content of an acknowledgement. */
export type Answer = { readonly data: unknown } | { readonly error: ServerError };

/** Reads what the server has answered. */
export function readAnswer(answer: wire.WireAnswer): Answer {
  if (!("error" in answer)) return answer;
  const { code, message, details } = answer.error;
  return { error: new ServerError(code, message, details) };
}

/** @throws {TypeError} There is no name. */
function checkEvent(event: string): void {
  if (typeof event === "string" && event !== "") return;
  throw new TypeError("Cannot send an event without a name");
}

/**
 * Writes an event.
 *
 * @param event Event name.
 * @param data Its data.
 * @param id Wants an acknowledgement that names this.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the data, or there is no name.
 */
export function encodeEvent(event: string, data: unknown, id?: string): string {
  checkEvent(event);
  return wire.encodeEvent(event, encodeData(data), { id });
}

/**
 * Writes the answer to a request of the server.
 *
 * @param id The id of the request.
 * @param answer The answer; the details of an error are left out.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the data.
 */
export function encodeAnswer(id: string, answer: Answer): string {
  if (!("error" in answer)) return wire.encodeAnswer(id, encodeData(answer.data));
  const { code, message } = answer.error;
  return wire.encodeRefusal(id, encodeData(errorFields({ code, message })));
}
