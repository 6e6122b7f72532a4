/**
 * What a client says besides events and acknowledgements, and the reading of all of it.
 *
 * | Message | Meaning |
 * | --- | --- |
 * | `{"type":"auth","token":"..."}` | presents a token |
 * | `{"type":"ping"}`, `{"type":"pong"}` | asks for a sign of life, and gives one |
 * | `{"type":"room:join","roomId":"abc"}` | joins, with `"seq":41,"epoch":"..."` where it left, or `"last":50` |
 * | `{"type":"room:join","rooms":[{"roomId":"abc"},...]}` | joins several |
 * | `{"type":"room:leave","roomId":"abc"}` | leaves |
 *
 * The first three are flat only: an enveloped event of such a name is one of the application's. The
 * last two may be enveloped, with an `id` for instance.
 */

import { encodeData } from "./data.ts";
import {
  type AnswerMessage,
  encodeEvent,
  type EventMessage,
  type MalformedMessage,
} from "./event_message.ts";
import { isObject } from "./parse_json.ts";
import type { Position } from "./position.ts";
import {
  isName,
  malformed,
  nameless,
  parseMessage,
  parseMessages,
  type ReadData,
  readEnveloped,
} from "./read_message.ts";

/** A wish to be in a room. */
export interface RoomRequest {
  /** Room name, not empty. */
  readonly roomId: string;
  /** Where the client left the room's stream. */
  readonly since?: Position;
  /** How many of the newest messages are wanted by a client that has none. */
  readonly last?: number;
}

/** A client joins rooms. */
export interface JoinMessage {
  readonly kind: "join";
  readonly rooms: readonly RoomRequest[];
  /** Present where an acknowledgement is wanted. */
  readonly id?: string;
}

/** A client leaves a room. */
export interface LeaveMessage {
  readonly kind: "leave";
  readonly roomId: string;
  /** Present where an acknowledgement is wanted. */
  readonly id?: string;
}

/** What a client says. */
export type ClientMessage =
  | EventMessage
  | AnswerMessage
  | JoinMessage
  | LeaveMessage
  | { readonly kind: "auth"; readonly token: unknown }
  | { readonly kind: "ping" | "pong" }
  | MalformedMessage;

/** The event names that belong to the wire, in any spelling. */
export const joinEvent = "room:join";
export const leaveEvent = "room:leave";

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
 * @returns What it is, or what is wrong with it.
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
const maxSignLength = 128;

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
  if (!isObject(value)) return nameless;
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
      if (!isName(type)) return nameless;
      return readRequest({ kind: "event", event: type, data: readData(fields) });
  }
}

function readRequest(
  message: EventMessage | AnswerMessage | MalformedMessage,
): ClientMessage {
  if (message.kind !== "event") return message;
  if (message.event === joinEvent) return readJoin(message);
  return message.event === leaveEvent ? readLeave(message) : message;
}

function readJoin({ data, id }: EventMessage): ClientMessage {
  const isList = isObject(data) && data.roomId === undefined && Array.isArray(data.rooms);
  // The cast: so says the line before.
  const given = isList ? data.rooms as unknown[] : [data];
  const rooms = given.map(readRoomRequest).filter((each) => each !== undefined);
  if (rooms.length === 0 || rooms.length < given.length) {
    return malformed("INVALID_MESSAGE", "Request must name rooms to join", joinEvent);
  }
  return { kind: "join", rooms, ...(id !== undefined && { id }) };
}

/**
 * Reads a wish to be in a room: its name, or an object with `roomId`, and `seq` and `epoch`, or
 * `last`.
 *
 * @param data What the event carries.
 * @returns `undefined` where it names no room, or a field is of a wrong type.
 */
export function readRoomRequest(data: unknown): RoomRequest | undefined {
  if (isName(data)) return { roomId: data };
  if (!isObject(data) || !isName(data.roomId)) return undefined;
  const { roomId, seq, epoch, last } = data;
  // A number that cannot be one of a stream is the history's to refuse.
  if (seq !== undefined && typeof seq !== "number") return undefined;
  if (last !== undefined && !isCount(last)) return undefined;
  if (epoch !== undefined && typeof epoch !== "string") return undefined;
  const since = seq === undefined || epoch === undefined ? undefined : { seq, epoch };
  return { roomId, ...(since && { since }), ...(last !== undefined && { last }) };
}

function readLeave({ data, id }: EventMessage): ClientMessage {
  const roomId = isObject(data) ? data.roomId : data;
  if (!isName(roomId)) {
    return malformed("INVALID_MESSAGE", "Request must name a room to leave", leaveEvent);
  }
  return { kind: "leave", roomId, ...(id !== undefined && { id }) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
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

/**
 * Writes a wish to be in rooms.
 *
 * @param rooms The rooms, one at least.
 * @param id Wants an acknowledgement that names this.
 * @returns JSON text.
 */
export function encodeJoin(rooms: readonly RoomRequest[], id?: string): string {
  const wishes = rooms.map(({ roomId, since, last }) => ({ roomId, ...since, last }));
  return encodeEvent(joinEvent, encodeData(wishes.length === 1 ? wishes[0] : { rooms: wishes }), {
    id,
  });
}

/**
 * Writes that the client leaves a room.
 *
 * @param roomId Room name.
 * @param id Wants an acknowledgement that names this.
 * @returns JSON text.
 */
export function encodeLeave(roomId: string, id?: string): string {
  return encodeEvent(leaveEvent, encodeData({ roomId }), { id });
}
