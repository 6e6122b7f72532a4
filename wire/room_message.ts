/**
 * Messages of a client about rooms, in either spelling of an event.
 *
 * | Message | Meaning |
 * | --- | --- |
 * | `{"type":"room:join","roomId":"abc"}` | joins, with `"seq":41,"epoch":"..."` where it left, or `"last":50` |
 * | `{"type":"room:join","rooms":["abc",{"roomId":"def",...}]}` | joins several |
 * | `{"type":"room:leave","roomId":"abc"}` | leaves one, or several by `rooms` |
 *
 * Names are unchecked: what a room may be called is the application's to say.
 */

import { encodeData } from "./data.ts";
import { encodeEvent, type EventMessage, type MalformedMessage } from "./event_message.ts";
import { isObject } from "./parse_json.ts";
import type { Position } from "./position.ts";
import { malformed } from "./read_message.ts";

/** A room that a client asks to join. */
export interface RequestedRoom {
  /** Room name, unchecked. */
  readonly roomId: string;
  /** Where the client left the room's stream: a claim of the client. */
  readonly since?: Position | undefined;
  /** How many of the newest messages a client wants that has none; a whole number above 0. */
  readonly last?: number | undefined;
}

/** A client joins rooms. */
export interface JoinMessage {
  readonly kind: "join";
  readonly rooms: readonly RequestedRoom[];
  /** Present where an acknowledgement is wanted. */
  readonly id: string | undefined;
}

/** A client leaves rooms. */
export interface LeaveMessage {
  readonly kind: "leave";
  readonly rooms: readonly string[];
  /** Present where an acknowledgement is wanted. */
  readonly id: string | undefined;
}

/** The event names that belong to the wire, in any spelling. */
export const joinEvent = "room:join";
export const leaveEvent = "room:leave";

/**
 * Rooms that one message may name; a client may be in as many by default.
 *
 * @limit rooms: `INVALID_MESSAGE`
 */
const maxRooms = 1_000;

/**
 * Reads what an event says about rooms. Never throws.
 *
 * @param message The event; one of another name says nothing about them.
 * @returns The rooms, what is wrong with the message, or `undefined` for another event.
 */
export function readRoomMessage(
  { event, data, id }: EventMessage,
): JoinMessage | LeaveMessage | MalformedMessage | undefined {
  if (event !== joinEvent && event !== leaveEvent) return undefined;
  const entries = entriesOf(data);
  if (typeof entries === "string") return malformed("INVALID_MESSAGE", entries, event);
  const rooms: RequestedRoom[] = [];
  for (const entry of entries) {
    const room = readRoom(entry);
    if (typeof room === "string") return malformed("INVALID_MESSAGE", room, event);
    rooms.push(room);
  }
  return event === joinEvent
    ? { kind: "join", rooms, id }
    : { kind: "leave", rooms: rooms.map(({ roomId }) => roomId), id };
}

/** Returns what the message names, or what is wrong with it. */
function entriesOf(data: unknown): readonly unknown[] | string {
  const rooms = isObject(data) ? data.rooms : undefined;
  if (rooms === undefined) return [data];
  if (!Array.isArray(rooms) || rooms.length === 0) return "rooms must be an array of rooms";
  return rooms.length <= maxRooms ? rooms : `More than ${maxRooms} rooms`;
}

/** Returns a text where something is wrong. */
function readRoom(entry: unknown): RequestedRoom | string {
  if (typeof entry === "string") return { roomId: entry };
  const { roomId, seq, epoch, last } = isObject(entry) ? entry : {};
  if (typeof roomId !== "string") return "roomId must be a string";
  // A number that cannot be one of a stream is the history's to refuse.
  if (seq !== undefined && typeof seq !== "number") return "seq must be a number";
  if (epoch !== undefined && typeof epoch !== "string") return "epoch must be a string";
  if (last !== undefined && typeof last !== "number") return "last must be a number";
  if (last !== undefined && !isCount(last)) return "last must be a whole number > 0";
  const since = seq === undefined || epoch === undefined ? undefined : { seq, epoch };
  return { roomId, ...(since && { since }), ...(last !== undefined && { last }) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/**
 * Writes a message that joins rooms.
 *
 * @param rooms The rooms, one at least.
 * @param id Wants an acknowledgement that names this.
 * @returns JSON text.
 */
export function encodeJoin(rooms: readonly RequestedRoom[], id?: string): string {
  const requests = rooms.map(({ roomId, since, last }) => ({ roomId, ...since, last }));
  const data = encodeData(requests.length === 1 ? requests[0] : { rooms: requests });
  return encodeEvent(joinEvent, data, { id });
}

/**
 * Writes that the client leaves a room.
 *
 * @param roomId Room name.
 * @param id Wants an acknowledgement that names this.
 * @returns JSON text.
 */
export function encodeLeave(rooms: readonly string[], id?: string): string {
  const data = encodeData(rooms.length === 1 ? { roomId: rooms[0] } : { rooms });
  return encodeEvent(leaveEvent, data, { id });
}
