/** The members of rooms, and the rooms of members. */

import { addTo, type CompactSet, hasIn, removeFrom } from "../../compact_set.ts";

/** A room with its members. */
interface Room<Member extends object | string> {
  /** The one copy of its name, which all of its members share. */
  readonly name: string;
  members: CompactSet<Member>;
}

const none: ReadonlySet<never> = new Set<never>();

/**
 * Membership as two maps, each the mirror image of the other. Empty sets are deleted at once, so
 * rooms exist exactly as long as they have members.
 */
export class Rooms<Member extends object | string> {
  readonly #rooms = new Map<string, Room<Member>>();
  readonly #roomsByMember = new Map<Member, Set<string>>();
  #memberships = 0;

  /** How many rooms have members. */
  get size(): number {
    return this.#rooms.size;
  }

  /** How many members all rooms have together. */
  get memberships(): number {
    return this.#memberships;
  }

  /**
   * Adds a member to a room; does nothing where it is one already.
   *
   * @returns `true` when the member is the first in the room.
   */
  join(name: string, member: Member): boolean {
    const room = this.#rooms.get(name);
    if (hasIn(room?.members, member)) return false;
    const rooms = this.#roomsByMember.get(member);
    if (rooms === undefined) this.#roomsByMember.set(member, new Set([room?.name ?? name]));
    else rooms.add(room?.name ?? name);
    this.#memberships++;
    if (room === undefined) this.#rooms.set(name, { name, members: member });
    else room.members = addTo(room.members, member);
    return room === undefined;
  }

  /**
   * Removes a member from a room; does nothing where it is none.
   *
   * @returns `true` when it was the last in the room.
   */
  leave(name: string, member: Member): boolean {
    const room = this.#rooms.get(name);
    if (room === undefined || !hasIn(room.members, member)) return false;
    const rooms = this.#roomsByMember.get(member);
    if (rooms?.delete(name) && rooms.size === 0) this.#roomsByMember.delete(member);
    this.#memberships--;
    const left = removeFrom(room.members, member);
    if (left === undefined) return this.#rooms.delete(name);
    room.members = left;
    return false;
  }

  /** Tells whether a member is in a room. */
  has(name: string, member: Member): boolean {
    return hasIn(this.#rooms.get(name)?.members, member);
  }

  /** Members of a room as they are at the moment; `undefined` where there are none. */
  members(name: string): CompactSet<Member> | undefined {
    return this.#rooms.get(name)?.members;
  }

  /** Rooms of a member, as they are at each moment. Not to be kept over a leave. */
  roomsOf(member: Member): ReadonlySet<string> {
    return this.#roomsByMember.get(member) ?? none;
  }
}
