/** The clients that are connected to this server, and the rooms that they are in. */

import type { SendResult } from "../../types.ts";
import { hasIn, itemsOf, sizeOf } from "../../compact_set.ts";
import type { Outgoing } from "../events/outgoing.ts";
import { Rooms } from "../rooms/rooms.ts";
import type { Selection } from "./selection.ts";
import { Users } from "./users.ts";

/**
 * A client, as far as events are sent to it.
 */
export interface Member {
  /** Names the member among all of the hub. */
  readonly id: string;
  /** `true` while it reads too slowly. */
  readonly congested: boolean;
  /** Sends an event. */
  send(outgoing: Outgoing): SendResult;
  /** Resolves when nothing waits to be sent to it any more, or it has gone. */
  drained(): Promise<void>;
}

/** Observes joins and leaves. The room without a name is the hub itself. */
export interface HubObserver<M extends Member> {
  /** A member has come in. */
  entered?(room: string, member: M): void;
  /** A member is about to go; it is still there. Its connection has ended, or it just leaves. */
  leaving?(room: string, member: M, hasEnded: boolean): void;
  /** A member has gone, and it was the last one or not. */
  left?(room: string, member: M, wasLast: boolean): void;
}

/** The rooms and the user of a member when it was removed. */
export interface RemovedMember {
  readonly rooms: ReadonlySet<string>;
  readonly userId: string | undefined;
}

/** Members by id, by room and by user. */
export class Hub<M extends Member> {
  readonly #members = new Map<string, M>();
  readonly #rooms = new Rooms<M>();
  readonly #users = new Users<M>();
  /** The rooms and users of removed members, for code that still holds these. */
  readonly #removed = new WeakMap<M, RemovedMember>();
  readonly #observers: HubObserver<M>[] = [];

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** How many members all rooms have together. */
  get memberships(): number {
    return this.#rooms.memberships;
  }

  /** How many rooms have members. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /**
   * Adds an observer of joins and leaves; they are called in the order in which they were added.
   */
  observe(observer: HubObserver<M>): void {
    this.#observers.push(observer);
  }

  /** Takes in a member, and knows it by the id of its user, where there is one. */
  add(member: M, userId?: string): void {
    this.#members.set(member.id, member);
    if (userId !== undefined) this.#users.add(userId, member);
    for (const observer of this.#observers) observer.entered?.("", member);
  }

  /** Removes a member from its rooms and from the hub. */
  remove(member: M): void {
    const rooms = new Set(this.roomsOf(member));
    this.#removed.set(member, { rooms, userId: this.userIdOf(member) });
    for (const room of this.roomsOf(member)) this.leave(room, member, true);
    if (!this.#members.has(member.id)) return;
    for (const observer of this.#observers) observer.leaving?.("", member, true);
    this.#users.remove(member);
    this.#members.delete(member.id);
    const wasLast = this.#members.size === 0;
    for (const observer of this.#observers) observer.left?.("", member, wasLast);
  }

  /** The member of this id, while it is connected. */
  get(id: string): M | undefined {
    return this.#members.get(id);
  }

  /** The id of a member's user, while it is connected. */
  userIdOf(member: M): string | undefined {
    return this.#users.idOf(member);
  }

  /** The rooms and the user of a member when it was removed; `undefined` where it was not. */
  lastOf(member: M): RemovedMember | undefined {
    return this.#removed.get(member);
  }

  /** Lets a member into a room. A member that is not in the hub is ignored. */
  join(room: string, member: M): void {
    if (!this.#members.has(member.id) || this.#rooms.has(room, member)) return;
    this.#rooms.join(room, member);
    for (const observer of this.#observers) observer.entered?.(room, member);
  }

  /** Takes a member out of a room, on request or because its connection has ended. */
  leave(room: string, member: M, hasEnded = false): void {
    if (!this.#rooms.has(room, member)) return;
    for (const observer of this.#observers) observer.leaving?.(room, member, hasEnded);
    const wasLast = this.#rooms.leave(room, member);
    for (const observer of this.#observers) observer.left?.(room, member, wasLast);
  }

  /** Rooms of a member. */
  roomsOf(member: M): ReadonlySet<string> {
    return this.#rooms.roomsOf(member);
  }

  /** The members of a room, as they are at each moment. */
  membersOf(room: string): Iterable<M> {
    return itemsOf(this.#rooms.members(room));
  }

  /** Whether a user has connections. */
  hasUser(userId: string): boolean {
    return this.#users.members(userId) !== undefined;
  }

  /** Whether a room has members. */
  hasRoom(room: string): boolean {
    return this.#rooms.members(room) !== undefined;
  }

  /** Whether a member is in a room. */
  isIn(room: string, member: M): boolean {
    return this.#rooms.has(room, member);
  }

  /**
   * The selected members, for a loop: without the work of a choice where all of a room are meant.
   */
  each(selection: Selection): Iterable<M> {
    const { rooms, users, clients, except, volatile } = selection;
    const [room] = rooms;
    const isOneRoom = rooms.length === 1 && users.length + clients.length + except.length === 0;
    if (room === undefined || !isOneRoom || volatile) return this.select(selection);
    return this.#members.has(room) ? this.select(selection) : this.membersOf(room);
  }

  /** How many members are selected: known at once where they are all, or those of one room. */
  count(selection: Selection): number {
    const { rooms, users, clients, except, volatile } = selection;
    const isPlain = users.length + clients.length + except.length === 0 && !volatile;
    const [room] = rooms;
    if (isPlain && room === undefined) return this.#members.size;
    if (isPlain && rooms.length === 1 && !this.#members.has(room!)) {
      return sizeOf(this.#rooms.members(room!));
    }
    let count = 0;
    for (const _member of this.select(selection)) count++;
    return count;
  }

  /** Goes through the selected members, each once. */
  *select(selection: Selection): Generator<M> {
    const groups = this.#groups(selection);
    const seen = groups.length > 1 ? new Set<M>() : undefined;
    const { except, volatile } = selection;
    const exceptRooms = except.map((name) => this.#rooms.members(name))
      .filter((members) => members !== undefined);
    for (const group of groups) {
      for (const member of group) {
        if (seen?.has(member) || except.includes(member.id)) continue;
        if (exceptRooms.some((room) => hasIn(room, member))) continue;
        if (volatile && member.congested) continue;
        seen?.add(member);
        yield member;
      }
    }
  }

  #groups({ rooms, users, clients }: Selection): Iterable<M>[] {
    if (rooms.length + users.length + clients.length === 0) return [this.#members.values()];
    const groups = users.map((user) => itemsOf(this.#users.members(user)));
    for (const id of clients) {
      const member = this.#members.get(id);
      if (member !== undefined) groups.push([member]);
    }
    for (const room of rooms) {
      groups.push(itemsOf(this.#rooms.members(room)));
      const member = this.#members.get(room);
      if (member !== undefined) groups.push([member]);
    }
    return groups;
  }
}
