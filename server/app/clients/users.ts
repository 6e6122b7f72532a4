/** The connections of users. */

import type { CompactSet } from "../../compact_set.ts";
import { Multimap } from "../../multimap.ts";

/**
 * Tells the id of a user, or `undefined` for somebody without one. It is asked once, when a client
 * has connected.
 *
 * @typeParam User What `client.user` is.
 * @param user The user.
 * @returns The id, by which `toUser`, presence and the rate `perUser` know it.
 */
export type UserIdOf<User> = (user: User) => string | undefined;

/** Fields that usually hold a user's id: JWT claims have `sub`, records an `id`. */
const usualFields = ["sub", "id", "userId"] as const;

/** The first of `sub`, `id` and `userId` that is a string with content. */
export function usualUserId(user: unknown): string | undefined {
  if (typeof user !== "object" || user === null) return undefined;
  for (const field of usualFields) {
    const id: unknown = Reflect.get(user, field);
    if (typeof id === "string" && id !== "") return id;
  }
  return undefined;
}

/** Members by the id of their user, as it was when they were added. */
export class Users<Member extends object | string> {
  readonly #members = new Multimap<string, Member>();
  readonly #ids = new Map<Member, string>();

  /** How many users there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Adds a member under a user's id. */
  add(id: string, member: Member): void {
    this.#ids.set(member, id);
    this.#members.add(id, member);
  }

  /** Removes a member. */
  remove(member: Member): void {
    const id = this.#ids.get(member);
    if (id === undefined) return;
    this.#ids.delete(member);
    this.#members.delete(id, member);
  }

  /** The id under which a member was added. */
  idOf(member: Member): string | undefined {
    return this.#ids.get(member);
  }

  /** Members of a user as they are at the moment; `undefined` where there are none. */
  members(id: string): CompactSet<Member> | undefined {
    return this.#members.get(id);
  }
}
