/** Presence of a single node, in memory. */

import type { Presence } from "./presence.ts";

/** The reference for other implementations of {@linkcode Presence}. */
export class MemoryPresence implements Presence {
  /** Holders by user, by room. No set and no map in here is empty. */
  readonly #rooms = new Map<string, Map<string, Set<string>>>();

  /** See {@linkcode Presence}. */
  enter(room: string, userId: string, holder: string): Promise<boolean> {
    let users = this.#rooms.get(room);
    if (users === undefined) this.#rooms.set(room, users = new Map());
    const holders = users.get(userId);
    holders?.add(holder);
    if (holders === undefined) users.set(userId, new Set([holder]));
    return Promise.resolve(holders === undefined);
  }

  /** See {@linkcode Presence}. */
  leave(room: string, userId: string, holder: string): Promise<boolean> {
    const users = this.#rooms.get(room);
    const holders = users?.get(userId);
    if (users === undefined || !holders?.delete(holder) || holders.size > 0) {
      return Promise.resolve(false);
    }
    users.delete(userId);
    if (users.size === 0) this.#rooms.delete(room);
    return Promise.resolve(true);
  }

  /** See {@linkcode Presence}. */
  users(room: string, limit: number): Promise<string[]> {
    const users = this.#rooms.get(room)?.keys() ?? [].values();
    return Promise.resolve(users.take(limit).toArray());
  }

  /** See {@linkcode Presence}. */
  count(room: string): Promise<number> {
    return Promise.resolve(this.#rooms.get(room)?.size ?? 0);
  }
}
