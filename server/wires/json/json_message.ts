/** The messages of the JSON wire, from text and to text. */

import { EventError } from "../../app/events/errors.ts";
import type { Outgoing } from "../../app/events/outgoing.ts";
import type { AckId, Answer, IncomingEvent } from "../../app/peer.ts";
import { parseJson } from "./parse_json.ts";
import { readRoomMessage, type RoomMessage } from "./room_message.ts";

/** What a message from a client turned out to be. */
export type ClientMessage =
  | ({ readonly kind: "event" } & IncomingEvent)
  | { readonly kind: "ack"; readonly ackId: number; readonly answer: Answer }
  | RoomMessage
  | { readonly kind: "auth"; readonly token: unknown }
  | { readonly kind: "malformed"; readonly error: EventError; readonly event?: string };

/**
 * Characters of the id by which a client asks for an acknowledgement; a UUID has 36.
 *
 * @limit characters: `INVALID_MESSAGE`
 */
const maxAckIdLength = 128;

/**
 * Characters of the code and of the message of an error with which a client answers.
 *
 * @limit characters: cut off
 */
const maxErrorLength = 200;

/** Characters of an event's name in the error about it. @limit characters: cut off */
const maxEventLength = 64;

/**
 * What the ids of our own requests begin with. The last group counts: the ids look like UUIDs, and
 * one encoding serves many clients.
 */
const requestPrefix = crypto.randomUUID().slice(0, -12);

// Made once: to make an error costs as much as to read several messages.
const notText = malformed("INVALID_MESSAGE", "Message must be text");
const notJson = malformed("PARSE_ERROR", "Invalid JSON");
const withoutType = malformed("INVALID_MESSAGE", "Message must have a type field");
const badId = new EventError(
  "INVALID_MESSAGE",
  `Message id must be a string of 1 to ${maxAckIdLength} characters`,
);

/**
 * Reads a client's message. Never throws.
 *
 * @param data The message.
 * @returns An event, an acknowledgement, a token, or what is wrong.
 */
export function decodeMessage(data: string | Uint8Array): ClientMessage {
  if (typeof data !== "string") return notText;
  try {
    return classify(parseJson(data));
  } catch {
    return notJson;
  }
}

/**
 * Reads what a client sends by one request: a message, or several in an array. Never throws.
 *
 * @param text The body.
 * @returns Each as {@linkcode decodeMessage} has it.
 */
export function decodeMessages(text: string): ClientMessage[] {
  try {
    const value = parseJson(text);
    return Array.isArray(value) ? value.map(classify) : [classify(value)];
  } catch {
    return [notJson];
  }
}

function classify(message: unknown): ClientMessage {
  if (!isObject(message)) return withoutType;
  const { type, ...fields } = message;
  if (type === "auth") return { kind: "auth", token: fields.token };
  if (isName(type)) {
    return readRoomMessage(type, fields) ?? { kind: "event", event: type, data: fields };
  }
  if (type !== undefined) return withoutType;
  const { id, event, data, ack } = message;
  if (isName(event) && id !== undefined) {
    if (isAckId(id)) {
      return readRoomMessage(event, data, id) ?? { kind: "event", event, data, ackId: id };
    }
    return { kind: "malformed", error: badId, event };
  }
  return isAckId(ack)
    ? { kind: "ack", ackId: parseRequestId(ack), answer: readAnswer(message) }
    : withoutType;
}

/** Returns NaN, which nobody waits for, where the id is not one of ours. */
function parseRequestId(ack: string): number {
  const count = ack.startsWith(requestPrefix) ? ack.slice(requestPrefix.length) : "";
  return /^[0-9a-f]{12}$/.test(count) ? parseInt(count, 16) : NaN;
}

function readAnswer({ data, error }: Record<string, unknown>): Answer {
  if (error === undefined) return { data };
  const { code, message } = isObject(error) ? error : {};
  // The cast: whatever case it is in, the code is the client's.
  const clientCode = text(code, "ERROR") as Uppercase<string>;
  return { error: new EventError(clientCode, text(message, "Client answered with an error")) };
}

function text(value: unknown, instead: string): string {
  return isName(value) ? value.slice(0, maxErrorLength) : instead;
}

function malformed(code: "INVALID_MESSAGE" | "PARSE_ERROR", message: string): ClientMessage {
  return { kind: "malformed", error: new EventError(code, message) };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isAckId(value: unknown): value is string {
  return isName(value) && value.length <= maxAckIdLength;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Writes an event.
 *
 * @param event Event name; it takes the place of a field `type` of the data.
 * @param data An object, whose fields become the message's; anything else goes into a field `data`.
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt.
 */
export function encodeEvent(event: string, data: unknown): string {
  if (data === undefined) return JSON.stringify({ type: event });
  if (!isObject(data) || "toJSON" in data) return JSON.stringify({ type: event, data });
  const message: Record<string, unknown> = { type: event, ...data };
  message.type = event;
  return JSON.stringify(message);
}

/**
 * Writes an event as an application has made it.
 *
 * @param outgoing The event.
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt.
 */
export function encodeOutgoing({ event, data, ackId }: Outgoing): string {
  return ackId === undefined ? encodeEvent(event, data) : encodeRequest(ackId, event, data);
}

/**
 * Writes an event that asks for an acknowledgement.
 *
 * @param ackId Names the acknowledgement.
 * @param event Event name.
 * @param data What it carries, whatever it is.
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt.
 */
export function encodeRequest(ackId: number, event: string, data: unknown): string {
  const id = requestPrefix + ackId.toString(16).padStart(12, "0");
  return JSON.stringify({ id, event, data: data ?? null });
}

/**
 * Writes an error that answers no acknowledgement.
 *
 * @param error Its code and message are sent.
 * @param event The event that it is about; a long name is cut off.
 * @returns JSON text.
 */
export function encodeError({ code, message, details }: EventError, event?: string): string {
  const about = event === undefined ? undefined : { event: event.slice(0, maxEventLength) };
  return JSON.stringify({ ...details, type: "error", code, message, ...about });
}

/**
 * Writes an acknowledgement.
 *
 * @param ack The client's id.
 * @param answer Its data, `null` where there is none, or an error.
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt.
 */
export function encodeAnswer(ack: AckId, answer: Answer): string {
  if (!("error" in answer)) return JSON.stringify({ ack, data: answer.data ?? null });
  const { code, message, details } = answer.error;
  return JSON.stringify({ ack, error: { ...details, code, message } });
}
