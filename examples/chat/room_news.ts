/**
 * Tells the members of rooms who comes and goes, at a cost that newcomers in hundreds do not raise.
 */

import { type Clock, systemClock } from "@hawser/ws";
import type { ChatApp, ChatClient } from "./events.ts";
import { maxListedMembers } from "./members.ts";

/** Changes that are told one by one. */
const maxSingle = 20;

/** Milliseconds that it takes to write to a member at all, and by each message. */
const writeTime = 0.006;
const messageTime = 0.0005;

/** News take up one part of so many of a core. */
const share = 20;

/** Milliseconds: as long as less is owed for news told earlier, the next are told at once. */
const patience = 200;

/** Tells the other nodes whom members were told to have left. */
const leftEvent = "room:left";

/** Users whose last client of a node has left a room. */
interface LeftNews {
  readonly roomId: string;
  readonly userIds: readonly string[];
}

/** Clients by user. */
type Listing = Map<string, ChatClient>;

/** A room with changes that wait. */
interface ChangedRoom {
  /** The users that all members know to be here. */
  readonly byAll: Listing;
  /** The users that some members may know. */
  readonly bySome: Listing;
  /** Whether there were more members than are listed. */
  readonly wasLarge: boolean;
}

/**
 * Told one by one, each newcomer would cost a write to each member. So news are told at once as
 * long as that is cheap, which it is in small rooms; after that they are gathered for as long as
 * the last ones were dear, and what is told is the difference to what was told before. In rooms of
 * more than a hundred, one message tells how many are there, and who is among the first hundred.
 *
 * Each node tells of its own clients, to the members on all nodes. Where a user whose client has left
 * one node has another in the room on another node, the latter tells that the user is there still.
 */
export class RoomNews {
  readonly #app: ChatApp;
  readonly #clock: Clock;
  /** Rooms with changes that wait, in their order. */
  readonly #waiting = new Map<string, ChangedRoom>();
  /** When what was told is paid for. */
  #paidAt = -Infinity;
  #stopTimer: (() => void) | undefined;

  /**
   * @param app The chat.
   * @param clock The clock of timers.
   */
  constructor(app: ChatApp, clock: Clock = systemClock) {
    this.#app = app;
    this.#clock = clock;
    // The cast: nodes of one chat run one version of it.
    app.nodes.on(leftEvent, (news) => this.#leftElsewhere(news as LeftNews));
  }

  /** How many clients are in a room that lists some of them; `undefined` where nobody knows. */
  countOf(roomId: string): number | undefined {
    const { count } = this.#app.in(roomId);
    return count > maxListedMembers && this.#isAlone ? count : undefined;
  }

  /** A client has joined a room. */
  joined(client: ChatClient, roomId: string): void {
    const { count } = this.#app.in(roomId);
    if (count === 1 && this.#isAlone) return;
    const room = this.#waiting.get(roomId) ??
      this.#begin(this.#listed(roomId, client), count - 1);
    // Others join meanwhile, who are told of the client by their list.
    if (count <= maxListedMembers) room.bySome.set(client.user.userId, client);
    this.#changed(roomId, room);
  }

  /** A client is about to leave a room. */
  leaving(client: ChatClient, roomId: string): void {
    const { count } = this.#app.in(roomId);
    if (count === 1 && this.#isAlone) return void this.#waiting.delete(roomId);
    const room = this.#waiting.get(roomId) ?? this.#begin(this.#listed(roomId), count);
    if (room.bySome.has(client.user.userId)) {
      room.byAll.delete(client.user.userId);
      // Another takes its place in lists.
      if (count > maxListedMembers) {
        for (const each of this.#listed(roomId, client)) room.bySome.set(each.user.userId, each);
      }
    }
    this.#changed(roomId, room, client);
  }

  /** Makes sure that the others know a client of whom they are to hear. */
  introduce(client: ChatClient, roomId: string): void {
    const room = this.#waiting.get(roomId);
    const { userId } = client.user;
    if (room === undefined || room.wasLarge || room.byAll.has(userId)) return;
    if (this.#app.in(roomId).count > maxListedMembers) return;
    client.to(roomId).emit("user:joined", { ...client.user, roomId });
    room.byAll.set(userId, client);
    room.bySome.set(userId, client);
  }

  #begin(before: readonly ChatClient[], count: number): ChangedRoom {
    const byAll = byUser(before);
    return { byAll, bySome: new Map(byAll), wasLarge: count > maxListedMembers };
  }

  #listed(roomId: string, except?: ChatClient): ChatClient[] {
    const all = this.#app.in(roomId);
    return (except === undefined ? all : all.except(except.id)).clients(maxListedMembers);
  }

  get #isAlone(): boolean {
    return this.#app.nodes.list().length === 1;
  }

  // ----- Telling -----

  #changed(roomId: string, room: ChangedRoom, leaving?: ChatClient): void {
    this.#waiting.set(roomId, room);
    if (this.#stopTimer !== undefined) return;
    if (this.#delay === 0) this.#tell(roomId, room, leaving);
    else this.#wait();
  }

  /** Milliseconds for which news must wait. */
  get #delay(): number {
    return Math.max(0, this.#paidAt - patience - this.#clock.now());
  }

  #wait(): void {
    this.#stopTimer = this.#clock.after(this.#delay, () => {
      this.#stopTimer = undefined;
      for (const [roomId, room] of this.#waiting) {
        if (this.#delay > 0) return this.#wait();
        this.#tell(roomId, room);
      }
    });
  }

  /** Tells what has changed, but not to a client that is about to leave. */
  #tell(roomId: string, { byAll, bySome, wasLarge }: ChangedRoom, leaving?: ChatClient): void {
    this.#waiting.delete(roomId);
    const all = this.#app.in(roomId);
    const count = all.count - (leaving === undefined ? 0 : 1);
    const here = byUser(this.#listed(roomId, leaving));
    const joined = missingIn(byAll, here);
    const left = missingIn(here, bySome);
    const target = leaving === undefined ? all : all.except(leaving.id);
    let messages = joined.length + left.length;
    if (count > maxListedMembers || wasLarge || messages > maxSingle) {
      target.emit("room:changes", {
        roomId,
        ...this.#isAlone && { count },
        joined: joined.map(({ user }) => user),
        left: left.map(({ user }) => user.userId),
      });
      messages = 1;
    } else {
      for (const { user } of left) target.emit("user:left", { ...user, roomId });
      for (const client of joined) {
        client.to(roomId).emit("user:joined", { ...client.user, roomId });
      }
    }
    if (left.length > 0 && !this.#isAlone) {
      const news: LeftNews = { roomId, userIds: left.map(({ user }) => user.userId) };
      // After what members are told, so that the answers of other nodes come later than that.
      this.#app.nodes.emit(leftEvent, news);
    }
    if (messages === 0) return;
    const cost = count * (writeTime + messages * messageTime);
    this.#paidAt = Math.max(this.#paidAt, this.#clock.now()) + share * cost;
  }

  /**
   * Another node has told that users have left, of whom it may have had a tab, or a connection that
   * was lost when a phone changed its network.
   */
  #leftElsewhere({ roomId, userIds }: LeftNews): void {
    const here = byUser(this.#listed(roomId));
    for (const userId of userIds) {
      const client = here.get(userId);
      client?.to(roomId).emit("user:joined", { ...client.user, roomId });
    }
  }
}

function byUser(clients: readonly ChatClient[]): Listing {
  return new Map(clients.map((client) => [client.user.userId, client]));
}

function missingIn(known: Listing, listing: Listing): ChatClient[] {
  return [...listing].filter(([userId]) => !known.has(userId)).map(([, client]) => client);
}
