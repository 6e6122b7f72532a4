/** Packets of a client, as its session of the application is told them. */

import { argsOf } from "../../wire/args.ts";
import { readRoomMessage } from "../../wire/room_message.ts";
import { EventError } from "../app/events/errors.ts";
import type { Session } from "../app/peer.ts";
import type { Packet } from "./packet.ts";

/**
 * Is told of the rooms that a client names by an object, as it wants to know where it is in them.
 */
export type PlaceWanted = (room: string) => void;

/**
 * Reports an event or an acknowledgement.
 *
 * @param application The session to call.
 * @param packet The packet.
 * @param placeWanted Called before the client joins a room in that way.
 * @returns A promise while it, or one before it, waits for its turn.
 */
export function reportPacket(
  application: Session,
  { type, id, data }: Packet,
  placeWanted: PlaceWanted,
): Promise<void> | void {
  // The cast: a packet of these types has an array.
  const values = data as unknown[];
  if (type === "ack") return application.answered(id ?? -1, { data: argsOf(values) });
  const event = String(values[0]);
  const ackId = id === undefined ? {} : { ackId: id };
  const rooms = readRoomMessage({ kind: "event", event, data: values[1] });
  if (rooms === undefined) {
    return application.event({ event, data: argsOf(values.slice(1)), ...ackId });
  }
  if (rooms.kind === "malformed") {
    return application.malformed(new EventError(rooms.code, rooms.message), event);
  }
  if (rooms.kind === "leave") return application.leave({ rooms: rooms.rooms, ...ackId });
  const requests = rooms.rooms.map(({ roomId: room, since, last }) => {
    if (typeof values[1] !== "string") placeWanted(room);
    return { room, from: since ?? (last === undefined ? undefined : { last }) };
  });
  return application.join({ rooms: requests, ...ackId });
}
