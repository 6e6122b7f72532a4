/** Limits of joins: the names of rooms, and the number of them. */

import { EventError } from "../events/errors.ts";
import type { Hub, Member } from "./hub.ts";

/** Limits that concern one member. */
export interface MemberLimits {
  /** Rooms that one member may be in. */
  readonly maxRooms: number;
  /** Rooms that all members may be in, counted for each of them. */
  readonly maxMemberships: number;
  /** Bytes of a room's name. */
  readonly maxRoomNameSize: number;
  /** Acknowledgements that one member may owe. */
  readonly maxPendingAcks: number;
}

const encoder = new TextEncoder();

/** Checks joins against the limits, and against what the members of a hub are in already. */
export class RoomLimits<M extends Member> {
  readonly #hub: Hub<M>;
  readonly #limits: MemberLimits;
  readonly #isClientId: (name: string) => boolean;

  /**
   * @param hub The members of rooms.
   * @param limits The limits.
   * @param isClientId Whether a name is the id of a client, on whichever node; by default where the
   * hub has it.
   */
  constructor(
    hub: Hub<M>,
    limits: MemberLimits,
    isClientId: (name: string) => boolean = (name) => hub.get(name) !== undefined,
  ) {
    this.#hub = hub;
    this.#limits = limits;
    this.#isClientId = isClientId;
  }

  /**
   * Checks whether a member may join a room.
   *
   * @throws {EventError} The name is not allowed, or the member may not be in one room more.
   */
  check(room: string, member: M): void {
    this.checkName(room);
    const refusal = this.refusalOf(room, member);
    if (refusal !== undefined) throw refusal;
  }

  /** Says why a member may not join a room whose name is allowed. */
  refusalOf(room: string, member: M): EventError | undefined {
    if (this.#hub.get(member.id) === undefined || this.#hub.isIn(room, member)) return undefined;
    if (this.#hub.roomsOf(member).size >= this.#roomsPerMember()) {
      return new EventError("FORBIDDEN", "Too many rooms");
    }
    // An event to a client must not reach another one in a room of its id.
    if (room !== member.id && this.#isClientId(room)) {
      return new EventError("FORBIDDEN", "Room is named as a client");
    }
    return undefined;
  }

  /**
   * How many rooms any member may be in at the moment. Half of all memberships go to those who come
   * first, the other half is shared out evenly, so that nobody can take all.
   */
  #roomsPerMember(): number {
    const { maxRooms, maxMemberships } = this.#limits;
    const half = maxMemberships / 2;
    if (this.#hub.memberships < half) return maxRooms;
    return Math.min(maxRooms, Math.max(1, Math.floor(half / this.#hub.size)));
  }

  /**
   * Checks the name of a room.
   *
   * @throws {EventError} The name is not allowed.
   */
  checkName(room: string): void {
    const { maxRoomNameSize } = this.#limits;
    if (
      typeof room !== "string" || room === "" || room.length > maxRoomNameSize ||
      encoder.encode(room).length > maxRoomNameSize
    ) {
      throw new EventError(
        "INVALID_MESSAGE",
        `Room name must be a string of 1 to ${maxRoomNameSize} bytes`,
      );
    }
  }
}
