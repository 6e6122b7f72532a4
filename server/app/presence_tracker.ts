/** Follows who comes and goes on this node, and tells the others. */

import type { Hub, HubObserver, Member } from "./hub.ts";
import type { Presence } from "./presence.ts";
import { PresenceNews } from "./presence_news.ts";
import type { PresenceOptions } from "./presence_options.ts";

/** A user in a room, seen from this node. */
interface Stay<M> {
  readonly room: string;
  readonly userId: string;
  /** The connection that came or went last. */
  member: M;
  /** Connections that are there; 0 while a grace time runs. */
  connections: number;
  /** Ends the grace time. */
  stopGrace: (() => void) | undefined;
}

/**
 * Grace times that may run; one more, and the oldest ends at once.
 *
 * @limit users: told offline at once
 */
const maxAway = 10_000;

/**
 * Counts connections, so that the store hears of a user only with the first and the last of them:
 * a user that connects and disconnects within the grace time, however often, is present throughout.
 */
export class PresenceTracker<M extends Member> implements HubObserver<M> {
  readonly #hub: Hub<M>;
  readonly #options: Required<PresenceOptions>;
  readonly #failed: (error: unknown, member: M) => void;
  readonly #news: PresenceNews<M>;
  /** Names this node among the holders. */
  readonly #holder = crypto.randomUUID();
  /** Stays by room and user. */
  readonly #stays = new Map<string, Map<string, Stay<M>>>();
  /** Those whose connections have all ended, the first to go first. */
  readonly #away = new Set<Stay<M>>();

  /**
   * @param hub Who is connected.
   * @param options Where presence is kept, and who is told.
   * @param failed The store has failed. Does not throw.
   */
  constructor(
    hub: Hub<M>,
    options: Required<PresenceOptions>,
    failed: (error: unknown, member: M) => void,
  ) {
    this.#hub = hub;
    this.#options = options;
    this.#failed = failed;
    this.#news = new PresenceNews(hub, options);
  }

  /** Where presence is kept. */
  get store(): Presence {
    return this.#options.store;
  }

  /** How many users are away and within their grace time, each counted per room. */
  get away(): number {
    return this.#away.size;
  }

  /** See {@linkcode HubObserver}. */
  entered(room: string, member: M): void {
    const userId = this.#hub.userIdOf(member);
    if (userId === undefined) return;
    const known = this.#find(room, userId);
    if (known !== undefined) {
      known.connections++;
      known.member = member;
      this.#stopGrace(known);
      return;
    }
    const stay = { room, userId, member, connections: 1, stopGrace: undefined };
    this.#add(stay);
    this.#enter(stay);
  }

  /** See {@linkcode HubObserver}. */
  leaving(room: string, member: M, hasEnded: boolean): void {
    const userId = this.#hub.userIdOf(member);
    const stay = userId === undefined ? undefined : this.#find(room, userId);
    if (stay !== undefined && --stay.connections === 0) {
      stay.member = member;
      if (hasEnded) this.#startGrace(stay);
      else this.#end(stay);
    }
    // Nobody is left to be told, and no timer must keep the process alive.
    if (room !== "" || this.#hub.size > 1) return;
    this.#endAll();
    this.#news.clear();
  }

  // ----- Grace -----

  #startGrace(stay: Stay<M>): void {
    const { grace } = this.#options;
    if (grace === 0) return this.#end(stay);
    stay.stopGrace = this.#hub.clock.after(grace, () => this.#end(stay));
    this.#away.add(stay);
    const [oldest] = this.#away;
    if (this.#away.size > maxAway && oldest !== undefined) this.#end(oldest);
  }

  #stopGrace(stay: Stay<M>): void {
    stay.stopGrace?.();
    stay.stopGrace = undefined;
    this.#away.delete(stay);
  }

  #endAll(): void {
    for (const stay of this.#away) this.#end(stay);
  }

  #end(stay: Stay<M>): void {
    this.#stopGrace(stay);
    this.#remove(stay);
    this.#leave(stay);
  }

  // ----- Stays -----

  #find(room: string, userId: string): Stay<M> | undefined {
    return this.#stays.get(room)?.get(userId);
  }

  #add(stay: Stay<M>): void {
    const stays = this.#stays.get(stay.room);
    if (stays === undefined) this.#stays.set(stay.room, new Map([[stay.userId, stay]]));
    else stays.set(stay.userId, stay);
  }

  #remove({ room, userId }: Stay<M>): void {
    const stays = this.#stays.get(room);
    if (stays?.delete(userId) && stays.size === 0) this.#stays.delete(room);
  }

  // ----- Telling -----

  async #enter({ room, userId, member }: Stay<M>): Promise<void> {
    try {
      const isFirst = await this.store.enter(room, userId, this.#holder);
      if (isFirst) this.#news.add(room, userId, "online");
    } catch (error) {
      this.#failed(error, member);
    }
  }

  async #leave({ room, userId, member }: Stay<M>): Promise<void> {
    try {
      const wasLast = await this.store.leave(room, userId, this.#holder);
      if (wasLast) this.#news.add(room, userId, "offline");
    } catch (error) {
      this.#failed(error, member);
    }
  }
}
