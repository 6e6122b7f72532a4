/** The messages of the JSON wire by which clients join and leave rooms. */

import { EventError } from "../../app/events/errors.ts";
import type { AckId, RoomRequest } from "../../app/peer.ts";
import type { Joined } from "../../app/streams/position.ts";

/** What a client asks for. */
export type RoomMessage =
  | {
    readonly kind: "join";
    readonly rooms: readonly RoomRequest[];
    readonly ackId: AckId | undefined;
  }
  | { readonly kind: "leave"; readonly rooms: readonly string[]; readonly ackId: AckId | undefined }
  | { readonly kind: "malformed"; readonly error: EventError; readonly event: string };

/**
 * Rooms that one message may name; a client may be in as many by default.
 *
 * @limit rooms: `INVALID_MESSAGE`
 */
const maxRooms = 1_000;

/**
 * Reads what a client says about rooms.
 *
 * @param event `room:join` or `room:leave`; anything else is none of these.
 * @param data The fields: of one room `roomId`, and for a join `seq` and `epoch`, or `last`; of
 * several `rooms`, an array of names or of objects with these fields.
 * @returns The request, or `undefined` for another event. Never throws.
 */
export function readRoomMessage(
  event: string,
  data: unknown,
  ackId?: AckId,
): RoomMessage | undefined {
  if (event !== "room:join" && event !== "room:leave") return undefined;
  const entries = entriesOf(data);
  if (typeof entries === "string") return malformed(event, entries);
  const rooms = entries.map(readRoom);
  const wrong = rooms.find((room) => typeof room === "string");
  if (typeof wrong === "string") return malformed(event, wrong);
  // The cast: texts say what is wrong, and there is none.
  const requests = rooms as RoomRequest[];
  return event === "room:join"
    ? { kind: "join", rooms: requests, ackId }
    : { kind: "leave", rooms: requests.map(({ room }) => room), ackId };
}

/** Returns what the message names, or what is wrong with it. */
function entriesOf(data: unknown): readonly unknown[] | string {
  const rooms = isObject(data) ? data.rooms : undefined;
  if (rooms === undefined) return [data];
  if (!Array.isArray(rooms) || rooms.length === 0) return "rooms must be an array of rooms";
  return rooms.length <= maxRooms ? rooms : `More than ${maxRooms} rooms`;
}

/** Returns a text where something is wrong. */
function readRoom(entry: unknown): RoomRequest | string {
  if (typeof entry === "string") return { room: entry };
  const { roomId, seq, epoch, last } = isObject(entry) ? entry : {};
  if (typeof roomId !== "string") return "roomId must be a string";
  if (!isOptional(seq, "number")) return "seq must be a number";
  if (!isOptional(epoch, "string")) return "epoch must be a string";
  if (!isOptional(last, "number")) return "last must be a number";
  if (seq !== undefined && epoch !== undefined) return { room: roomId, from: { seq, epoch } };
  if (last === undefined) return { room: roomId };
  return isCount(last) ? { room: roomId, from: { last } } : "last must be a whole number > 0";
}

interface Kinds {
  number: number;
  string: string;
}

function isOptional<Kind extends keyof Kinds>(
  value: unknown,
  kind: Kind,
): value is Kinds[Kind] | undefined {
  return value === undefined || typeof value === kind;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function malformed(event: string, message: string): RoomMessage {
  return { kind: "malformed", error: new EventError("INVALID_MESSAGE", message), event };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Gives the fields of `room:joined`.
 *
 * @param roomId Room name.
 * @param joined Where the room's stream stands, and what the application adds.
 */
export function joinedFields(
  roomId: string,
  { position, recovered, fields }: Joined,
): Record<string, unknown> {
  return { ...fields, roomId, ...position, recovered };
}

/** Signs of life, as they are and with spaces: no events. */
const signOfLife = /^\s*\{\s*"type"\s*:\s*"(ping|pong)"\s*\}\s*$/;

/** A longer text is none, whatever spaces it has. */
const maxSignLength = 64;

/** Tells whether a message is a sign of life, and whether it asks for one. */
export function readSignOfLife(data: string | Uint8Array): "ping" | "pong" | undefined {
  if (typeof data !== "string" || data.length > maxSignLength) return undefined;
  // The cast: the expression has just these.
  return signOfLife.exec(data)?.[1] as "ping" | "pong" | undefined;
}

/** Answers a sign of life. */
export const pong = '{"type":"pong"}';
