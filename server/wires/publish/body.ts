/** Bodies of requests to publish. */

import type { MalformedMessage } from "../../../wire/event_message.ts";
import { isObject } from "../../../wire/parse_json.ts";
import {
  malformed,
  parseMessage,
  parseMessages,
  readCarried,
  type ReadData,
} from "../../../wire/read_message.ts";
import { HttpError } from "../http_answer.ts";
import { hasMoreElements } from "../more_elements.ts";
import type { PublishTarget } from "./options.ts";

/** A message that is to be published. */
export interface PublishMessage {
  readonly kind: "publication";
  readonly target: PublishTarget;
  readonly event: string;
  readonly data: unknown;
}

/** Messages that one request may publish. @limit messages: 413 */
const maxMessages = 1_000;

/**
 * Parses a body: one message, or an array of them.
 *
 * @throws {HttpError} 400 or 413.
 */
export function parsePublishBody(text: string): PublishMessage | PublishMessage[] {
  if (!text.trimStart().startsWith("[")) return wellFormed(parseMessage(text, readBody));
  // A body of 1 MiB may hold half a million of them.
  if (hasMoreElements(text, maxMessages)) {
    throw new HttpError(413, "INVALID_MESSAGE", `More than ${maxMessages} messages`);
  }
  return parseMessages(text, readBody).map(wellFormed);
}

/** @throws {HttpError} 400. */
function wellFormed(message: PublishMessage | MalformedMessage): PublishMessage {
  if (message.kind === "publication") return message;
  throw new HttpError(400, message.code, message.message);
}

function readBody(body: unknown, readData: ReadData): PublishMessage | MalformedMessage {
  if (!isObject(body)) return malformed("INVALID_MESSAGE", "Body must be an object, or several");
  const { room, user, event } = body;
  const target = targetOf(room, user);
  if (typeof event !== "string" || target === undefined) {
    const text = "Body must have the text event, and either the text room or the text user";
    return malformed("INVALID_MESSAGE", text);
  }
  const carried = readCarried(body, readData);
  return "kind" in carried ? carried : { kind: "publication", target, event, data: carried.data };
}

function targetOf(room: unknown, user: unknown): PublishTarget | undefined {
  if (typeof room === "string") return user === undefined ? { room } : undefined;
  return typeof user === "string" && room === undefined ? { user } : undefined;
}
