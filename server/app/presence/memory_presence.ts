/** Presence of a single node, in memory. */

import { Multimap } from "../../multimap.ts";
import type { Presence } from "./presence.ts";

/** The reference for other implementations of {@linkcode Presence}. */
export class MemoryPresence implements Presence {
  /** Holders by user and room. No map in here is empty. */
  readonly #holders = new Map<string, Multimap<string, string>>();
  /** Users by room. */
  readonly #users = new Multimap<string, string>();

  enter(room: string, userId: string, holder: string): Promise<boolean> {
    let rooms = this.#holders.get(userId);
    if (rooms === undefined) this.#holders.set(userId, rooms = new Multimap());
    const isFirst = rooms.add(room, holder);
    if (isFirst) this.#users.add(room, userId);
    return Promise.resolve(isFirst);
  }

  leave(room: string, userId: string, holder: string): Promise<boolean> {
    const rooms = this.#holders.get(userId);
    if (rooms === undefined || !rooms.delete(room, holder)) return Promise.resolve(false);
    if (rooms.size === 0) this.#holders.delete(userId);
    this.#users.delete(room, userId);
    return Promise.resolve(true);
  }

  users(room: string, limit: number): Promise<string[]> {
    return Promise.resolve([...Iterator.from(this.#users.valuesOf(room)).take(limit)]);
  }

  count(room: string): Promise<number> {
    return Promise.resolve(this.#users.countOf(room));
  }
}
