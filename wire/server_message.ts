/**
 * Messages of a server besides events and acknowledgements, and the parser of all of them.
 *
 * | Message | Meaning |
 * | --- | --- |
 * | `{"type":"welcome","id":"..."}` | the first message of every connection, with fields of the
 * application |
 * | `{"type":"auth_ok"}` | the token was accepted, with `user` where claims are told |
 * | `{"type":"room:joined","roomId":"abc","seq":41,"epoch":"...","recovered":true}` | the client is
 * in a room, with fields of the application |
 * | `{"type":"room:left","roomId":"abc"}` | the client is not in a room any more |
 * | `{"type":"error","code":"...","message":"..."}` | a mistake that no acknowledgement can carry,
 * with `event` where it is about one, and details |
 * | `{"type":"ping"}`, `{"type":"pong"}` | asks for a sign of life, and gives one |
 *
 * The last is flat only. The others are enveloped where their fields are named as those of a
 * message, as any event is; no application can send an event of their names.
 */

import { encodeData } from "./data.ts";
import {
  type AnswerMessage,
  encodeFields,
  type EventMessage,
  type MalformedMessage,
  type StreamPlace,
  type WireError,
} from "./event_message.ts";
import { isObject } from "./parse_json.ts";
import type { Position } from "./position.ts";
import {
  isName,
  malformed,
  parseMessage,
  type ReadData,
  readEnveloped,
  unnamedEvent,
} from "./read_message.ts";

/** An event of a server, and where it stands, if it is a message of a stream. */
export interface ServerEvent extends EventMessage {
  readonly place?: StreamPlace;
}

/** A message of the server's own. Its data is an object. */
export interface SystemMessage {
  readonly kind: "system";
  readonly event: SystemEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Names of the messages of a server's own. */
export type SystemEvent = "welcome" | "auth_ok" | "room:joined" | "room:left" | "error";

/** A message of a server. */
export type ServerMessage =
  | ServerEvent
  | AnswerMessage
  | SystemMessage
  | { readonly kind: "ping" | "pong" }
  | MalformedMessage;

const systemEvents: ReadonlySet<string> = new Set<SystemEvent>([
  "welcome",
  "auth_ok",
  "room:joined",
  "room:left",
  "error",
]);

// Made once, as they say nothing.
const ping = { kind: "ping" } as const;
const pong = { kind: "pong" } as const;

/**
 * Reads what a server says. Never throws.
 *
 * @param text The message.
 * @returns The message, or the error in it.
 */
export function parseServerMessage(text: string): ServerMessage {
  return parseMessage(text, readMessage);
}

function readMessage(value: unknown, readData: ReadData): ServerMessage {
  if (!isObject(value)) return unnamedEvent;
  const place = readPlace(value);
  if (value.type === undefined) return classify(readEnveloped(value, readData), place);
  if (value.type === "ping") return ping;
  if (value.type === "pong") return pong;
  if (!isName(value.type)) return unnamedEvent;
  const event = value.type;
  return classify({ kind: "event", event, data: readData(fieldsOf(value, place)) }, place);
}

function fieldsOf(
  message: Readonly<Record<string, unknown>>,
  place: StreamPlace | undefined,
): Record<string, unknown> {
  const { type: _type, ...fields } = message;
  if (place === undefined) return fields;
  const { stream: _stream, seq: _seq, ...data } = fields;
  return data;
}

function readPlace(
  { stream, seq }: Readonly<Record<string, unknown>>,
): StreamPlace | undefined {
  // The cast: it is an integer.
  return typeof stream === "string" && Number.isSafeInteger(seq)
    ? { stream, seq: seq as number }
    : undefined;
}

function classify(
  message: EventMessage | AnswerMessage | MalformedMessage,
  place: StreamPlace | undefined,
): ServerMessage {
  if (message.kind !== "event") return message;
  const { event, data } = message;
  if (isSystemEvent(event)) {
    return isObject(data)
      ? { kind: "system", event, data }
      : malformed("INVALID_MESSAGE", "Message must have fields", event);
  }
  return place === undefined ? message : { ...message, place };
}

function isSystemEvent(event: string): event is SystemEvent {
  return systemEvents.has(event);
}

// ----- Writing -----

/**
 * Writes the first message of a connection.
 *
 * @param fields The client's `id`, and what else it is told.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the fields.
 */
export function encodeWelcome(fields: Readonly<Record<string, unknown>>): string {
  return encodeSystem("welcome", fields);
}

/**
 * Writes that a token was accepted.
 *
 * @param claims The claims of the token, where the client gets them.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the claims.
 */
export function encodeAuthOk(claims?: Readonly<Record<string, unknown>>): string {
  return encodeSystem("auth_ok", claims === undefined ? {} : { user: claims });
}

/**
 * Writes that a client is in a room.
 *
 * @param roomId Room name.
 * @param joined Where the room's stream stands, and whether the client has all that it missed.
 * @param fields Fields of the application; the other fields win.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the fields.
 */
export function encodeJoined(
  roomId: string,
  { position, recovered }: { readonly position: Position; readonly recovered: boolean },
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return encodeSystem("room:joined", { ...fields, roomId, ...position, recovered });
}

/**
 * Writes that a client is not in a room any more.
 *
 * @param roomId Room name.
 * @returns JSON text.
 */
export function encodeLeft(roomId: string): string {
  return encodeSystem("room:left", { roomId });
}

/**
 * Writes an error that no acknowledgement can carry.
 *
 * @param error The error; its code and message win over details of these names.
 * @param fields Further fields, such as `event`.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the details.
 */
export function encodeError(
  error: WireError,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return encodeSystem("error", { ...errorFields(error), ...fields });
}

/** Gives an error's code, message and details as the fields of one object. */
export function errorFields(
  { code, message, details }: WireError,
): Record<string, unknown> {
  return { ...details, code, message };
}

function encodeSystem(event: SystemEvent, fields: Readonly<Record<string, unknown>>): string {
  return encodeFields(event, fields, encodeData(fields));
}
