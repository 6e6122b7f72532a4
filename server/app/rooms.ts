/** Who is in which room. */

const none: ReadonlySet<never> = new Set<never>();

/**
 * Membership as two maps, each the mirror image of the other. Empty sets are deleted at once, so
 * rooms exist exactly as long as they have members.
 */
export class Rooms<Member> {
  readonly #membersByRoom = new Map<string, Set<Member>>();
  readonly #roomsByMember = new Map<Member, Set<string>>();

  /** How many rooms have members. */
  get size(): number {
    return this.#membersByRoom.size;
  }

  /**
   * Adds a member to a room; does nothing where it is one already.
   *
   * @returns `true` when the member is the first in the room.
   */
  join(room: string, member: Member): boolean {
    addTo(this.#roomsByMember, member, room);
    return addTo(this.#membersByRoom, room, member);
  }

  /**
   * Removes a member from a room; does nothing where it is none.
   *
   * @returns `true` when it was the last in the room.
   */
  leave(room: string, member: Member): boolean {
    deleteFrom(this.#roomsByMember, member, room);
    return deleteFrom(this.#membersByRoom, room, member);
  }

  /** Tells whether a member is in a room. */
  has(room: string, member: Member): boolean {
    return this.#membersByRoom.get(room)?.has(member) ?? false;
  }

  /** Members of a room, as they are at each moment. Not to be kept over a leave. */
  members(room: string): ReadonlySet<Member> {
    return this.#membersByRoom.get(room) ?? none;
  }

  /** Rooms of a member, as they are at each moment. Not to be kept over a leave. */
  roomsOf(member: Member): ReadonlySet<string> {
    return this.#roomsByMember.get(member) ?? none;
  }
}

/** Returns `true` when the key is new. */
function addTo<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): boolean {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
  return values === undefined;
}

/** Returns `true` when the key is gone with its last value. */
function deleteFrom<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): boolean {
  const values = map.get(key);
  if (values === undefined || !values.delete(value) || values.size > 0) return false;
  return map.delete(key);
}
