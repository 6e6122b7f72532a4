/**
 * Messages of a client besides events and acknowledgements, and the parser of all of them.
 *
 * | Message | Meaning |
 * | --- | --- |
 * | `{"type":"auth","token":"..."}` | presents a token |
 * | `{"type":"ping"}`, `{"type":"pong"}` | asks for a sign of life, and gives one |
 *
 * All are flat only: an enveloped event of such a name is one of the application's. Joins and
 * leaves are those of `room_message.ts`.
 */

import type { AnswerMessage, EventMessage, MalformedMessage } from "./event_message.ts";
import { isObject } from "./parse_json.ts";
import {
  isName,
  parseMessage,
  parseMessages,
  type ReadData,
  readEnveloped,
  unnamedEvent,
} from "./read_message.ts";
import { type JoinMessage, type LeaveMessage, readRoomMessage } from "./room_message.ts";

/** A message of a client. */
export type ClientMessage =
  | EventMessage
  | AnswerMessage
  | JoinMessage
  | LeaveMessage
  | { readonly kind: "auth"; readonly token: unknown }
  | { readonly kind: "ping" }
  | { readonly kind: "pong" }
  | MalformedMessage;

/** Asks the other end for a sign of life; either may. */
export const pingText = '{"type":"ping"}';

/** Gives one, also unasked. */
export const pongText = '{"type":"pong"}';

// Made once, as they say nothing.
const ping = { kind: "ping" } as const;
const pong = { kind: "pong" } as const;

/**
 * Reads what a client says. Never throws.
 *
 * @param text The message; bytes are none.
 * @returns The message, or the error in it.
 */
export function parseClientMessage(text: string | Uint8Array): ClientMessage {
  return parseMessage(text, readMessage);
}

/**
 * Reads what a client says in one request: a message, or several in an array. Never throws.
 *
 * @param text The body.
 * @returns Each as {@linkcode parseClientMessage} has it.
 */
export function parseClientMessages(text: string): ClientMessage[] {
  return parseMessages(text, readMessage);
}

/** Characters of a sign of life with its white space; a longer one is a message like any other. */
export const maxSignLength = 64;

const sign = /^\s*\{\s*"type"\s*:\s*"(p[io]ng)"\s*\}\s*$/;

/**
 * Tells whether a message is a sign of life and nothing else, before it is counted or parsed.
 *
 * @returns `undefined` for any other message.
 */
export function signOfLife(text: string): "ping" | "pong" | undefined {
  if (text === pingText) return "ping";
  const name = text.length <= maxSignLength ? sign.exec(text)?.[1] : undefined;
  // The cast: the pattern matches these two, and two more.
  return name === "ping" || name === "pong" ? name : undefined;
}

function readMessage(value: unknown, readData: ReadData): ClientMessage {
  if (!isObject(value)) return unnamedEvent;
  if (value.type === undefined) return readRequest(readEnveloped(value, readData));
  const { type, ...fields } = value;
  switch (type) {
    case "auth":
      return { kind: "auth", token: fields.token };
    case "ping":
      return ping;
    case "pong":
      return pong;
    default:
      if (!isName(type)) return unnamedEvent;
      return readRequest({ kind: "event", event: type, data: readData(fields) });
  }
}

function readRequest(
  message: EventMessage | AnswerMessage | MalformedMessage,
): ClientMessage {
  if (message.kind !== "event") return message;
  return readRoomMessage(message) ?? message;
}

// ----- Writing -----

/**
 * Writes a token.
 *
 * @param token The token.
 * @returns JSON text.
 */
export function encodeAuth(token: string | undefined): string {
  return JSON.stringify({ type: "auth", token });
}
