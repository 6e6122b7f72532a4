/** The clients that are connected to this server, and the rooms that they are in. */

import type { SendResult } from "../types.ts";
import { type Clock, systemClock } from "./clock.ts";
import { EventError } from "./errors.ts";
import type { Outgoing } from "./outgoing.ts";
import { Positions } from "./position.ts";
import { Rooms } from "./rooms.ts";

/** What the hub needs to know of a client. */
export interface Member {
  /** Names the member among all of the hub. */
  readonly id: string;
  /** Sends an event. */
  send(outgoing: Outgoing): SendResult;
}

/** Who is meant: members of any of the rooms, or all where there is none, but for the exceptions. */
export interface Selection {
  /** Rooms; a member of several is meant once. */
  readonly rooms: readonly string[];
  /** Ids of members that are not meant. */
  readonly except: readonly string[];
}

/** Limits that concern one member. */
export interface MemberLimits {
  /** Rooms that one member may be in. */
  readonly maxRooms: number;
  /** Bytes of a room's name. */
  readonly maxRoomNameSize: number;
  /** Acknowledgements that one member may owe. */
  readonly maxPendingAcks: number;
}

const encoder = new TextEncoder();

/** Members by id and by room. */
export class Hub<M extends Member> {
  readonly #members = new Map<string, M>();
  readonly #rooms = new Rooms<M>();
  /** Places in the rooms' streams. */
  readonly positions: Positions = new Positions();
  /** Limits of each member. */
  readonly limits: MemberLimits;
  /** What timers go by. */
  readonly clock: Clock;

  constructor(limits: MemberLimits, clock: Clock = systemClock) {
    this.limits = limits;
    this.clock = clock;
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Takes in a member. */
  add(member: M): void {
    this.#members.set(member.id, member);
  }

  /** Removes a member from its rooms and from the hub. */
  remove(member: M): void {
    for (const room of this.roomsOf(member)) this.leave(room, member);
    this.#members.delete(member.id);
  }

  /** The member of this id, while it is connected. */
  get(id: string): M | undefined {
    return this.#members.get(id);
  }

  /**
   * Lets a member into a room. Who is not in the hub (any more) stays outside.
   *
   * @throws {EventError} The name is not allowed, or the member is in too many rooms.
   */
  join(room: string, member: M): void {
    this.#checkRoomName(room);
    if (!this.#members.has(member.id) || this.#rooms.has(room, member)) return;
    if (this.roomsOf(member).size >= this.limits.maxRooms) {
      throw new EventError("FORBIDDEN", "Too many rooms");
    }
    if (this.#rooms.join(room, member)) this.positions.occupied(room);
  }

  /** Takes a member out of a room. */
  leave(room: string, member: M): void {
    if (this.#rooms.leave(room, member)) this.positions.emptied(room);
  }

  /** Rooms of a member. */
  roomsOf(member: M): ReadonlySet<string> {
    return this.#rooms.roomsOf(member);
  }

  /** Goes through the selected members, each once. */
  *select({ rooms, except }: Selection): Generator<M> {
    const seen = rooms.length > 1 ? new Set<M>() : undefined;
    const groups = rooms.length === 0
      ? [this.#members.values()]
      : rooms.map((room) => this.#rooms.members(room));
    for (const group of groups) {
      for (const member of group) {
        if (seen?.has(member) || except.includes(member.id)) continue;
        seen?.add(member);
        yield member;
      }
    }
  }

  #checkRoomName(room: string): void {
    const { maxRoomNameSize } = this.limits;
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
