/** Rooms as streams: numbers their messages, hands them out, and lets members catch up. */

import { CatchUp, type StreamMember } from "./catch_up.ts";
import type { History, HistoryMessage } from "./history.ts";
import type { Joined, JoinFrom, Newest, Position } from "./position.ts";
import { makePublication, type Publication, toMessage } from "./publication.ts";

/** How a member joins a stream. */
export interface JoinOptions {
  /** What the member is sent first. */
  readonly from: JoinFrom | undefined;
  /** Whether it was a member before. */
  readonly isMember: boolean;
  /** Called between what was missed and what is published from then on. */
  readonly announce: (joined: Joined) => void;
}

/** What the streams ask about. */
export interface StreamContext<M extends StreamMember> {
  readonly history: History;
  /** Whom a room's messages go to. */
  members(room: string): Iterable<M>;
  /** Whether somebody is in a room. */
  isIn(room: string, member: M): boolean;
  /** The history could not be read. Does not throw. */
  failed(error: unknown, member: M): void;
}

/** Messages that are read at once. @limit messages: they are read in pages */
const pageSize = 100;

/** Nothing is known yet of how long a room's messages are. */
const firstPageSize = 8;

/**
 * Data of the messages that are read at once, if they are as long as those before them.
 *
 * @limit characters: they are read in pages of fewer messages
 */
const pageLength = 262_144;

/** How often the history may tell nothing new while there is a hole before what is published. */
const maxRereads = 5;

/** Where a stream stands whose history cannot be read: nobody will find it there again. */
const nowhere: Position = { seq: 0, epoch: "" };

/** The streams of all rooms. Nothing is kept of a room in which nothing is going on. */
export class Streams<M extends StreamMember> {
  readonly #context: StreamContext<M>;
  /** Settle, and never reject, when all that was published so far has been handed out. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #catchUps = new Map<string, Map<M, CatchUp>>();

  constructor(context: StreamContext<M>) {
    this.#context = context;
  }

  /** How many rooms something is going on in. */
  get size(): number {
    return new Set([...this.#tails.keys(), ...this.#catchUps.keys()]).size;
  }

  // ----- Publishing -----

  /**
   * Appends a message to the history, and then hands it out: in the order of the numbers, as they
   * are given in the order of the calls.
   *
   * @returns Its position. Rejects where it could not be stored: then nobody gets it.
   * @throws {TypeError} The name is reserved, or JSON cannot carry the data.
   */
  publish(room: string, event: string, data: unknown): Promise<Position> {
    const message = toMessage(event, data);
    const appended = this.#context.history.append(room, message.event, message.data);
    const published = this.#handOutLater(room, message, appended, this.#tails.get(room));
    const tail = published.catch(() => {}).then(() => {
      if (this.#tails.get(room) === tail) this.#tails.delete(room);
    });
    this.#tails.set(room, tail);
    return tail.then(() => published);
  }

  async #handOutLater(
    room: string,
    message: Omit<HistoryMessage, "seq">,
    appended: Promise<Position>,
    earlier: Promise<unknown> | undefined,
  ): Promise<Position> {
    // Both at once: a rejection must not go unheard while the other is waited for.
    const [position] = await Promise.all([appended, earlier]);
    this.#handOut(room, makePublication(room, position.epoch, { ...message, seq: position.seq }));
    return position;
  }

  #handOut(room: string, publication: Publication): void {
    const catchUps = this.#catchUps.get(room);
    for (const member of this.#context.members(room)) {
      const catchUp = catchUps?.get(member);
      if (catchUp === undefined) member.send(publication.outgoing);
      else catchUp.hold(publication);
    }
  }

  // ----- Joining -----

  /**
   * Lets a member of a room into its stream: sends what it has missed, then announces where it
   * stands, then sends what is published, without a gap or a double.
   *
   * @returns What was announced, or the same for one that has left meanwhile. Rejects only where
   * `announce` throws.
   */
  async join(room: string, member: M, options: JoinOptions): Promise<Joined> {
    for (let other; (other = this.#catchUps.get(room)?.get(member)) !== undefined;) {
      await other.done;
    }
    const catchUp = this.#begin(room, member);
    const joined = await this.#catchUp(room, catchUp, options.from).catch((error) => {
      this.#context.failed(error, member);
      return { position: nowhere, recovered: false };
    });
    if (catchUp.hasEnded) return { ...joined, recovered: false };
    const { position } = joined;
    // Who was there before has been promised these; others have them, or begin behind them.
    if (options.isMember && options.from === undefined) catchUp.releaseTo(position);
    else catchUp.skipTo(position);
    try {
      options.announce(joined);
    } finally {
      catchUp.release();
      this.#forget(room, member, catchUp);
    }
    return joined;
  }

  /** A member has left a room. */
  left(room: string, member: M): void {
    const catchUp = this.#catchUps.get(room)?.get(member);
    if (catchUp === undefined) return;
    catchUp.end();
    this.#forget(room, member, catchUp);
  }

  #begin(room: string, member: M): CatchUp {
    const catchUp = new CatchUp(member);
    if (!this.#context.isIn(room, member)) {
      catchUp.end();
      return catchUp;
    }
    const catchUps = this.#catchUps.get(room);
    if (catchUps === undefined) this.#catchUps.set(room, new Map([[member, catchUp]]));
    else catchUps.set(member, catchUp);
    return catchUp;
  }

  #forget(room: string, member: M, catchUp: CatchUp): void {
    const catchUps = this.#catchUps.get(room);
    if (catchUps?.get(member) !== catchUp) return;
    catchUps.delete(member);
    if (catchUps.size === 0) this.#catchUps.delete(room);
  }

  async #catchUp(room: string, catchUp: CatchUp, from: JoinFrom | undefined): Promise<Joined> {
    const joined = await this.#sendFirst(room, catchUp, from);
    // What stands before the position and is being handed out must be held before it is merged.
    await this.#tails.get(room);
    if (catchUp.follows(joined.position)) return joined;
    return { position: catchUp.start ?? joined.position, recovered: false };
  }

  async #sendFirst(room: string, catchUp: CatchUp, from: JoinFrom | undefined): Promise<Joined> {
    const { history } = this.#context;
    if (from === undefined) return { position: await history.current(room), recovered: false };
    if (!("last" in from)) return await this.#recover(room, catchUp, from);
    const { position } = await this.#recover(room, catchUp, await this.#beforeNewest(room, from));
    return { position, recovered: false };
  }

  async #beforeNewest(room: string, newest: Newest): Promise<Position> {
    const { position, messages } = await this.#context.history.read(room, newest, 1);
    const first = messages?.[0]?.seq ?? position.seq + 1;
    return { seq: first - 1, epoch: position.epoch };
  }

  /**
   * Sends what has followed a position, page by page, as fast as the member takes it. So long as the
   * history has something new, holes may come: a slow member is overtaken by what is published.
   */
  async #recover(room: string, catchUp: CatchUp, since: Position): Promise<Joined> {
    const { epoch } = since;
    let { seq } = since;
    let size = firstPageSize;
    for (let rereads = 0; rereads <= maxRereads;) {
      const page = await this.#context.history.read(room, { seq, epoch }, size);
      const { position, messages } = page;
      if (messages === undefined) return { position, recovered: false };
      for (const message of messages) {
        const follows = message.seq === ++seq;
        if (!follows || !await catchUp.replay(makePublication(room, epoch, message))) {
          return { position, recovered: false };
        }
      }
      if (messages.length === 0) rereads++;
      else size = pageSizeAfter(messages);
      if (seq < position.seq && messages.length > 0) continue;
      await this.#tails.get(room);
      if (seq === position.seq && catchUp.follows(position)) return { position, recovered: true };
    }
    return { position: await this.#context.history.current(room), recovered: false };
  }
}

/** How many messages to read next: the page is kept for as long as its reader takes. */
function pageSizeAfter(messages: readonly HistoryMessage[]): number {
  const length = messages.reduce((sum, { data }) => sum + data.length, 0);
  const fitting = Math.floor(pageLength * messages.length / Math.max(1, length));
  return Math.max(1, Math.min(fitting, pageSize));
}
