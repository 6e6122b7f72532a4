/** Lets one client into the rooms that it asks for by one message. */

import { isPromiseLike } from "../../contain.ts";
import type { RoomRequest } from "../peer.ts";
import type { JoinFrom } from "../streams/position.ts";

/** The fields that a client is told when it joins, besides the position, or a promise of them. */
export type JoinFields =
  | Readonly<Record<string, unknown>>
  | undefined
  | void
  | PromiseLike<Readonly<Record<string, unknown>> | undefined | void>;

/** The application, as far as rooms are entered and left. */
export interface RoomAccess<C> {
  /**
   * Decides whether a client may join a room.
   *
   * @throws {unknown} It may not.
   */
  mayJoin(client: C, room: string): JoinFields;
  /** Lets a client into a room, sends it what it has missed, and tells it. May reject. */
  enter(
    client: C,
    room: string,
    from: JoinFrom | undefined,
    fields: Awaited<JoinFields>,
  ): Promise<void>;
  /** Takes a client out of a room. */
  leave(client: C, room: string): void;
}

/**
 * Rooms that one client is sent missed messages of at a time.
 *
 * @limit rooms: one after the other
 */
const maxEntering = 4;

/**
 * Joins rooms. They are decided about one by one, so that a rule may count the rooms of its client;
 * the messages that were missed in them are sent side by side.
 *
 * @param client The client that joins.
 * @param rooms The rooms, in their order.
 * @param handler The application's rules.
 * @param refused Called for each room that the client does not get into, with the reason.
 * @returns Resolves when all are decided, or the client has gone. Never rejects.
 */
export async function enterRooms<C extends { readonly connected: boolean }>(
  client: C,
  rooms: readonly RoomRequest[],
  handler: RoomAccess<C>,
  refused: (error: unknown, room: string) => void,
): Promise<void> {
  const entering = new Set<Promise<void>>();
  for (const { room, from } of rooms) {
    if (!client.connected) return;
    if (entering.size >= maxEntering) await Promise.race(entering);
    try {
      const decision = handler.mayJoin(client, room);
      const fields = isPromiseLike(decision) ? await decision : decision;
      const entered = handler.enter(client, room, from, fields)
        .catch((error) => refused(error, room))
        .finally(() => entering.delete(entered));
      entering.add(entered);
    } catch (error) {
      refused(error, room);
    }
  }
  await Promise.all(entering);
}
