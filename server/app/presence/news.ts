/** Tells who has come and gone: net of what cancels out, not too often, and in parts. */

import type { Clock } from "../../clock.ts";
import type { Hub, Member } from "../clients/hub.ts";
import { Outgoing } from "../events/outgoing.ts";
import type { PresenceUpdate } from "./presence.ts";
import type { PresenceOptions } from "./options.ts";
import { allClients } from "../clients/selection.ts";

type Status = PresenceUpdate["status"];

/** An update, and the user whom it is about. */
interface PresenceMessage {
  readonly userId: string;
  readonly outgoing: Outgoing;
}

/** Changes of one room that are handed out together. @limit changes: the others wait */
const maxChanges = 100;

/**
 * Presence that is told at once, where a change for a member counts 1 and each member 40: about 500
 * members.
 *
 * @limit units: the others are told 50 ms later
 */
const maxWork = 20_000;

/** The cost of a write to a member, by the same measure. */
const workPerMember = 40;

/** Milliseconds between two parts: so presence takes up an eighth of a core at the most. */
const pause = 50;

/**
 * Tells the members of each room, who are as many as there are clients, what has changed there.
 * After that it gathers changes for a while: told one by one, each would cost a write to each
 * member.
 */
export class PresenceNews<M extends Member> {
  readonly #hub: Hub<M>;
  readonly #clock: Clock;
  readonly #options: Pick<Required<PresenceOptions>, "audience" | "interval">;
  /** Changes that are yet to be told, by room and user. No map in here is empty. */
  readonly #changes = new Map<string, Map<string, Status>>();
  /** Messages that are being handed out. */
  #parts: Generator<void> | undefined;
  /** From when on something may be told. */
  #nextAt = -Infinity;
  #stopTimer: (() => void) | undefined;

  /**
   * @param hub The clients that are told.
   * @param clock The clock of timers.
   * @param options Which changes they are told, and for how long these are gathered.
   */
  constructor(
    hub: Hub<M>,
    clock: Clock,
    options: Pick<Required<PresenceOptions>, "audience" | "interval">,
  ) {
    this.#hub = hub;
    this.#clock = clock;
    this.#options = options;
  }

  /** Takes a change; one that undoes another, which is not told yet, cancels it. */
  add(room: string, userId: string, status: Status): void {
    const isWhole = room === "";
    if (isWhole !== (this.#options.audience === "everybody") || this.#hub.size === 0) return;
    const changes = this.#changes.get(room) ?? new Map<string, Status>();
    this.#changes.set(room, changes);
    const earlier = changes.get(userId);
    if (earlier === undefined) changes.set(userId, status);
    else if (earlier !== status) changes.delete(userId);
    if (changes.size === 0) this.#changes.delete(room);
    if (this.#parts === undefined) this.#tellInTime();
  }

  /** Forgets everything: nobody is there to be told. */
  clear(): void {
    this.#changes.clear();
    this.#parts = undefined;
    this.#tellInTime();
  }

  /** Tells now, or waits, while there is something to tell. */
  #tellInTime(): void {
    const delay = this.#nextAt - this.#clock.now();
    if (this.#changes.size === 0) {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    } else if (delay <= 0) this.#tell();
    else this.#stopTimer ??= this.#tellAfter(delay);
  }

  #tellAfter(delay: number): () => void {
    return this.#clock.after(delay, () => {
      this.#stopTimer = undefined;
      this.#tell();
    });
  }

  /** Tells the next part of the members. */
  #tell(): void {
    this.#parts ??= this.#handOut();
    if (!this.#parts.next().done) {
      this.#stopTimer = this.#tellAfter(pause);
      return;
    }
    this.#parts = undefined;
    this.#tellInTime();
  }

  /** Tells all members of all rooms with changes; yields where others should have their turn. */
  *#handOut(): Generator<void> {
    let work = 0;
    for (const [room, changes] of [...this.#changes]) {
      const rooms = room === "" ? [] : [room];
      const members = [...this.#hub.select({ ...allClients, rooms })];
      const news = this.#take(room, changes);
      for (const member of members) {
        if (work > maxWork) {
          work = 0;
          yield;
        }
        if (!this.#isThere(room, member)) continue;
        const userId = this.#hub.userIdOf(member);
        const others = news.filter((each) => each.userId !== userId);
        if (others.length === 0) continue;
        for (const { outgoing } of others) member.send(outgoing);
        work += workPerMember + others.length;
        this.#nextAt = this.#clock.now() + this.#options.interval;
      }
    }
  }

  /** Takes the oldest changes of a room. */
  #take(room: string, changes: Map<string, Status>): PresenceMessage[] {
    const taken = [...changes.entries().take(maxChanges)];
    for (const [userId] of taken) changes.delete(userId);
    if (changes.size === 0) this.#changes.delete(room);
    return taken.map(([userId, status]) => {
      const update: PresenceUpdate = room === ""
        ? { userId, status }
        : { userId, status, roomId: room };
      return { userId, outgoing: new Outgoing("presence:update", update) };
    });
  }

  /** Whether a member has not left meanwhile. */
  #isThere(room: string, member: M): boolean {
    return room === "" ? this.#hub.get(member.id) === member : this.#hub.roomsOf(member).has(room);
  }
}
