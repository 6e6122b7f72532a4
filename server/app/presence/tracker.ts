/** Follows who comes and goes on this node, and tells the others. */

import type { Clock } from "../../clock.ts";
import type { Hub, HubObserver, Member } from "../clients/hub.ts";
import type { Presence, PresenceUpdate } from "./presence.ts";
import { PresenceNews } from "./news.ts";
import type { PresenceOptions } from "./options.ts";
import { Unsettled } from "./unsettled.ts";

/** A user whose last connection in a room has ended, within the grace time. */
interface AwayUser<M> {
  readonly room: string;
  readonly userId: string;
  /** The connection that has ended. */
  readonly member: M;
  /** When the grace time is over. */
  readonly until: number;
}

/** Where presence is kept, who is told, and when. */
export interface TrackerOptions extends Required<PresenceOptions> {
  /** Names this node among the holders. */
  readonly holder: string;
  /** The clock of timers. */
  readonly clock: Clock;
}

type Status = PresenceUpdate["status"];

/**
 * Grace times that may run; one more, and the oldest ends at once.
 *
 * @limit users: told offline at once
 */
const maxAway = 10_000;

/**
 * Counts connections, so that the store is called only for the first and the last of a user's:
 * a user that connects and disconnects within the grace time, however often, is present throughout.
 */
export class PresenceTracker<M extends Member> implements HubObserver<M> {
  readonly #hub: Hub<M>;
  readonly #options: TrackerOptions;
  readonly #failed: (error: unknown, member: M) => void;
  readonly #news: PresenceNews<M>;
  readonly #tell: (room: string, userId: string, status: Status) => void;
  /** Connections by user and room, or what is to happen where there are none left. */
  readonly #rooms = new Map<string, Map<string, number | AwayUser<M>>>();
  /** Those whose grace time runs, the first to go first. */
  readonly #away = new Set<AwayUser<M>>();
  /** Stops the timer for the first of them. */
  #stopTimer: (() => void) | undefined;
  /** Calls of the store that have not settled. */
  readonly #calls = new Set<Promise<void>>();
  /** Users for which the store is out of date. */
  readonly #unsettled: Unsettled;

  /**
   * @param hub The connected clients.
   * @param options Where presence is kept, and who is told.
   * @param failed The store has failed, and is asked again later. Does not throw.
   * @param tell Tells other nodes what their clients are to be told. Does not throw.
   */
  constructor(
    hub: Hub<M>,
    options: TrackerOptions,
    failed: (error: unknown, member: M) => void,
    tell: (room: string, userId: string, status: Status) => void,
  ) {
    this.#tell = tell;
    this.#hub = hub;
    this.#options = options;
    this.#failed = failed;
    this.#news = new PresenceNews(hub, options.clock, options);
    this.#unsettled = new Unsettled(options.clock, (room, userId) => this.#settle(room, userId));
  }

  /** Where presence is kept. */
  get store(): Presence {
    return this.#options.store;
  }

  /** How many users are away and within their grace time, each counted per room. */
  get away(): number {
    return this.#away.size;
  }

  entered(room: string, member: M): void {
    const userId = this.#hub.userIdOf(member);
    if (userId === undefined) return;
    let rooms = this.#rooms.get(userId);
    if (rooms === undefined) this.#rooms.set(userId, rooms = new Map());
    const known = rooms.get(room) ?? 0;
    rooms.set(room, typeof known === "number" ? known + 1 : 1);
    if (known === 0) this.#enter(room, userId, member);
    if (typeof known === "number") return;
    this.#away.delete(known);
    this.#wait();
  }

  leaving(room: string, member: M, hasEnded: boolean): void {
    const userId = this.#hub.userIdOf(member);
    const rooms = userId === undefined ? undefined : this.#rooms.get(userId);
    const known = rooms?.get(room);
    if (userId !== undefined && rooms !== undefined && typeof known === "number") {
      if (known > 1) rooms.set(room, known - 1);
      else if (hasEnded && this.#options.grace > 0) this.#startGrace(room, userId, member);
      else this.#end({ room, userId, member });
    }
    // Nobody is left to be told.
    if (room === "" && this.#hub.size === 1) this.#news.clear();
  }

  /**
   * Ends all grace times. Resolves, and never rejects, when all calls of the store have settled.
   */
  async end(): Promise<void> {
    this.#unsettled.stop();
    for (const away of this.#away) this.#end(away);
    this.#wait();
    while (this.#calls.size > 0) await Promise.all(this.#calls);
  }

  /** Another node has told that a user has come or gone. */
  changedElsewhere(room: string, userId: string, status: Status): void {
    this.#news.add(room, userId, status);
  }

  /** A user has gone with the node that has kept it; see {@linkcode BrokerEars}. */
  vanished(room: string, userId: string): void {
    this.#changed(room, userId, "offline");
  }

  /**
   * A user of this node is there still, who has gone for the others; see {@linkcode BrokerEars}.
   */
  appeared(room: string, userId: string): void {
    this.#changed(room, userId, "online");
  }

  // ----- Grace -----

  #startGrace(room: string, userId: string, member: M): void {
    const until = this.#options.clock.now() + this.#options.grace;
    const away: AwayUser<M> = { room, userId, member, until };
    this.#rooms.get(userId)?.set(room, away);
    this.#away.add(away);
    const [oldest] = this.#away;
    if (this.#away.size > maxAway && oldest !== undefined) this.#end(oldest);
    this.#wait();
  }

  /** Waits for the first grace time to be over, if there is one. */
  #wait(): void {
    const [first] = this.#away;
    if (first === undefined) {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
      return;
    }
    const delay = Math.max(0, first.until - this.#options.clock.now());
    this.#stopTimer ??= this.#options.clock.after(delay, () => {
      this.#stopTimer = undefined;
      this.#endDue();
    });
  }

  #endDue(): void {
    const now = this.#options.clock.now();
    for (const away of this.#away) {
      if (away.until > now) break;
      this.#end(away);
    }
    this.#wait();
  }

  /** The user is in the room no more. */
  #end({ room, userId, member }: Omit<AwayUser<M>, "until">): void {
    const rooms = this.#rooms.get(userId);
    const known = rooms?.get(room);
    if (rooms === undefined || known === undefined) return;
    if (typeof known !== "number") this.#away.delete(known);
    rooms.delete(room);
    if (rooms.size === 0) this.#rooms.delete(userId);
    this.#leave(room, userId, member);
  }

  // ----- Telling -----

  #enter(room: string, userId: string, member: M): void {
    this.#callFirst(this.#bringIn(room, userId), room, userId, member);
  }

  #leave(room: string, userId: string, member: M): void {
    this.#callFirst(this.#takeOut(room, userId), room, userId, member);
  }

  async #bringIn(room: string, userId: string): Promise<void> {
    const isFirst = await this.store.enter(room, userId, this.#options.holder);
    this.#unsettled.delete(room, userId);
    if (isFirst) this.#changed(room, userId, "online");
  }

  async #takeOut(room: string, userId: string): Promise<void> {
    const wasLast = await this.store.leave(room, userId, this.#options.holder);
    this.#unsettled.delete(room, userId);
    if (wasLast) this.#changed(room, userId, "offline");
  }

  /** Tells the store again what is so now. Rejects where it fails again, which was reported. */
  async #settle(room: string, userId: string): Promise<void> {
    const isHere = this.#rooms.get(userId)?.has(room) === true;
    const told = isHere ? this.#bringIn(room, userId) : this.#takeOut(room, userId);
    this.#call(told, () => {});
    await told;
  }

  /** Somebody has come first or gone last, over all nodes. */
  #changed(room: string, userId: string, status: Status): void {
    this.#news.add(room, userId, status);
    const isWhole = room === "";
    if (isWhole === (this.#options.audience === "everybody")) this.#tell(room, userId, status);
  }

  /** A call that is made again later where it fails, which is reported this time. */
  #callFirst(asked: Promise<void>, room: string, userId: string, member: M): void {
    this.#call(asked, (error) => {
      this.#failed(error, member);
      this.#unsettled.add(room, userId);
    });
  }

  #call(asked: Promise<void>, failed: (error: unknown) => void): void {
    const call = asked.catch(failed).finally(() => {
      this.#calls.delete(call);
    });
    this.#calls.add(call);
  }
}
