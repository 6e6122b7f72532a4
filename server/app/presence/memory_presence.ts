/** Presence of a single node, in memory. */

import { addTo, type CompactSet, itemsOf, removeFrom, sizeOf } from "../rooms/compact_set.ts";
import type { Presence } from "./presence.ts";

/** The reference for other implementations of {@linkcode Presence}. */
export class MemoryPresence implements Presence {
  /** Holders by user and room. No map in here is empty. */
  readonly #holders = new Map<string, Map<string, CompactSet<string>>>();
  /** Users by room. */
  readonly #users = new Map<string, CompactSet<string>>();

  /** See {@linkcode Presence}. */
  enter(room: string, userId: string, holder: string): Promise<boolean> {
    let rooms = this.#holders.get(userId);
    if (rooms === undefined) this.#holders.set(userId, rooms = new Map());
    const holders = rooms.get(room);
    rooms.set(room, addTo(holders, holder));
    if (holders === undefined) this.#users.set(room, addTo(this.#users.get(room), userId));
    return Promise.resolve(holders === undefined);
  }

  /** See {@linkcode Presence}. */
  leave(room: string, userId: string, holder: string): Promise<boolean> {
    const rooms = this.#holders.get(userId);
    const holders = rooms?.get(room);
    if (rooms === undefined || holders === undefined) return Promise.resolve(false);
    const left = removeFrom(holders, holder);
    if (left !== undefined) {
      rooms.set(room, left);
      return Promise.resolve(false);
    }
    rooms.delete(room);
    if (rooms.size === 0) this.#holders.delete(userId);
    const users = removeFrom(this.#users.get(room), userId);
    if (users === undefined) this.#users.delete(room);
    else this.#users.set(room, users);
    return Promise.resolve(true);
  }

  /** See {@linkcode Presence}. */
  users(room: string, limit: number): Promise<string[]> {
    return Promise.resolve([...Iterator.from(itemsOf(this.#users.get(room))).take(limit)]);
  }

  /** See {@linkcode Presence}. */
  count(room: string): Promise<number> {
    return Promise.resolve(sizeOf(this.#users.get(room)));
  }
}
