/** Rooms as streams: follows those with members here, hands them out, and lets members catch up. */

import type { Clock } from "../../clock.ts";
import type { BrokerLink, BrokerMessage } from "./broker.ts";
import { CatchUp, type StreamMember } from "./catch_up.ts";
import { type FollowContext, FollowedStream, type StreamCounts } from "./followed_stream.ts";
import { Following } from "./following.ts";
import type { HistoryMessage } from "./history.ts";
import type { Joined, JoinFrom, Newest, Position } from "./position.ts";
import { makePublication, toMessage } from "./publication.ts";

/** How a member joins a stream. */
export interface JoinOptions {
  /** The messages that the member is sent first. */
  readonly from: JoinFrom | undefined;
  /** Called, and waited for, when this node follows the room or could not. Does not reject. */
  readonly prepare?: (() => Promise<void>) | undefined;
  /** Called between what was missed and what is published from then on. */
  readonly announce: (joined: Joined) => void;
}

/** The application, as far as its streams need it. */
export interface StreamContext<M extends StreamMember> {
  readonly link: BrokerLink;
  readonly clock: Clock;
  /** The members of a room here. */
  members(room: string): Iterable<M>;
  /** Whether somebody is in a room. */
  isIn(room: string, member: M): boolean;
  /** A stream could not be read, for one member or for all. Does not throw. */
  failed(error: unknown, member: M | undefined): void;
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

/** Where a stream stands whose history cannot be read: nobody will find it there again. */
const nowhere: Position = { seq: 0, epoch: "" };

/** The streams of all rooms that have members here. Nothing is kept of the others. */
export class Streams<M extends StreamMember> {
  readonly #context: StreamContext<M>;
  readonly #following: Following;
  /**
   * By room. Of a stream without messages only the epoch is kept: many rooms are never written to.
   */
  readonly #streams = new Map<string, FollowedStream | string>();
  readonly #catchUps = new Map<string, Map<M, CatchUp>>();
  readonly #followContext: FollowContext;

  constructor(context: StreamContext<M>) {
    this.#context = context;
    const { link, clock } = context;
    this.#following = new Following(link, clock, (topic) => this.#end(topic.slice("room:".length)));
    this.#followContext = {
      counts: { holes: 0, doubles: 0, resets: 0 },
      follow: (room) => {
        const followed = this.#following.follow(`room:${room}`);
        return link.isAlone ? undefined : followed;
      },
      current: (room) => link.current(room),
      read: (room, since, limit) => link.read(room, since, limit),
      handOut: (room, position, message) => this.#handOut(room, position, message),
      reset: (room, position) => this.#reset(room, position),
      failed: (_room, error) => context.failed(error, undefined),
    };
  }

  /** How many rooms members are catching up in. */
  get size(): number {
    return this.#catchUps.size;
  }

  /** How many rooms are followed. */
  get followed(): number {
    return this.#streams.size;
  }

  /** Counts of what did not come by number. */
  get counts(): StreamCounts {
    return { ...this.#followContext.counts };
  }

  // ----- Publishing -----

  /**
   * Appends a message to a room's stream. Members here get it by {@linkcode Streams.published}, as
   * those of other nodes do.
   *
   * @returns Its position. Rejects where it could not be stored.
   * @throws {TypeError} The name is reserved, or JSON cannot carry the data.
   */
  publish(room: string, event: string, data: unknown): Promise<Position> {
    const message = toMessage(event, data);
    return this.#context.link.publish(room, message.event, message.data);
  }

  /** A message has come; see {@linkcode BrokerEars}. */
  published(room: string, position: Position, message: BrokerMessage): void {
    this.#streamOf(room)?.published(position, message);
  }

  /** A stream stands here; see {@linkcode BrokerEars}. */
  stands(room: string, position: Position): void {
    this.#streamOf(room)?.stands(position);
  }

  #handOut(room: string, { seq, epoch }: Position, { event, data }: BrokerMessage): void {
    const publication = makePublication(room, epoch, { seq, event, data });
    const catchUps = this.#catchUps.get(room);
    for (const member of this.#context.members(room)) {
      const catchUp = catchUps?.get(member);
      if (catchUp === undefined) member.send(publication.outgoing);
      else catchUp.hold(publication);
    }
  }

  /** Tells the members that nothing is known of what they have missed. */
  #reset(room: string, position: Position): void {
    const catchUps = this.#catchUps.get(room);
    for (const member of this.#context.members(room)) {
      const catchUp = catchUps?.get(member);
      if (catchUp === undefined) member.rejoined(room, { position, recovered: false });
      else catchUp.drop();
    }
  }

  // ----- Following -----

  /** A room has got a member: its stream is followed from now on. See {@linkcode HubObserver}. */
  entered(room: string): void {
    if (room === "") return; // the application as a whole
    if (this.#streams.has(room)) return this.#following.keep(`room:${room}`);
    const stream = new FollowedStream(room, this.#followContext);
    this.#streams.set(room, stream);
    // A member that joins is told of an error.
    stream.open().then(() => this.#compact(room), () => {});
  }

  /** A member has left a room. See {@linkcode HubObserver}. */
  left(room: string, member: M, wasLast: boolean): void {
    if (room === "") return;
    const catchUp = this.#catchUps.get(room)?.get(member);
    catchUp?.end();
    if (catchUp !== undefined) this.#forget(room, member, catchUp);
    if (wasLast) this.#following.release(`room:${room}`);
  }

  /** Follows nothing any more that has no members. */
  close(): void {
    this.#following.close();
  }

  #end(room: string): void {
    const stream = this.#streams.get(room);
    if (stream instanceof FollowedStream) stream.close();
    this.#streams.delete(room);
  }

  // ----- Streams -----

  #streamOf(room: string): FollowedStream | undefined {
    const stream = this.#streams.get(room);
    if (typeof stream !== "string") return stream;
    const followed = new FollowedStream(room, this.#followContext, stream);
    this.#streams.set(room, followed);
    return followed;
  }

  /** Replaces a stream without messages by its epoch, unless a member is catching up in it. */
  #compact(room: string): void {
    const stream = this.#streams.get(room);
    if (!(stream instanceof FollowedStream) || this.#catchUps.has(room)) return;
    if (stream.emptyEpoch !== undefined) this.#streams.set(room, stream.emptyEpoch);
  }

  // ----- Joining -----

  /**
   * Lets a member of a room into its stream: sends what it has missed, then announces where it
   * stands, then sends what is published, without a gap or a double.
   *
   * @returns The announced result, or the same for a member that has left meanwhile. Rejects only
   * where `announce` throws.
   */
  async join(room: string, member: M, options: JoinOptions): Promise<Joined> {
    for (let other; (other = this.#catchUps.get(room)?.get(member)) !== undefined;) {
      await other.done;
    }
    const stream = this.#streamOf(room);
    if (stream === undefined || !this.#context.isIn(room, member)) {
      return { position: stream?.position ?? nowhere, recovered: false };
    }
    const catchUp = this.#begin(room, member);
    const joined = await this.#catchUp(room, stream, catchUp, options).catch((error) => {
      this.#context.failed(error, member);
      return { position: catchUp.start ?? stream.position ?? nowhere, recovered: false };
    });
    if (catchUp.hasEnded) return { ...joined, recovered: false };
    try {
      options.announce(joined);
    } finally {
      catchUp.release();
      this.#forget(room, member, catchUp);
    }
    return joined;
  }

  #begin(room: string, member: M): CatchUp {
    const catchUp = new CatchUp(member);
    const catchUps = this.#catchUps.get(room);
    if (catchUps === undefined) this.#catchUps.set(room, new Map([[member, catchUp]]));
    else catchUps.set(member, catchUp);
    return catchUp;
  }

  #forget(room: string, member: M, catchUp: CatchUp): void {
    const catchUps = this.#catchUps.get(room);
    if (catchUps?.get(member) !== catchUp) return;
    catchUps.delete(member);
    if (catchUps.size > 0) return;
    this.#catchUps.delete(room);
    this.#compact(room);
  }

  async #catchUp(
    room: string,
    stream: FollowedStream,
    catchUp: CatchUp,
    { from, prepare }: JoinOptions,
  ): Promise<Joined> {
    try {
      if (stream.position === undefined) await stream.open();
    } finally {
      await prepare?.();
    }
    let recovered = false;
    if (from !== undefined) {
      const isNewest = "last" in from;
      const since = isNewest ? await this.#beforeNewest(room, from) : from;
      recovered = await this.#recover(room, stream, catchUp, since) && !isNewest;
    }
    return { position: catchUp.start ?? stream.position ?? nowhere, recovered };
  }

  async #beforeNewest(room: string, newest: Newest): Promise<Position> {
    const { position, messages } = await this.#context.link.read(room, newest, 1);
    const first = messages?.[0]?.seq ?? position.seq + 1;
    return { seq: first - 1, epoch: position.epoch };
  }

  /**
   * Sends what has followed a position, as fast as the member takes it: page by page, up to where
   * the messages begin that are held for it, and then these. A slow member may be overtaken by what
   * is published: then they begin further on.
   */
  async #recover(
    room: string,
    stream: FollowedStream,
    catchUp: CatchUp,
    since: Position,
  ): Promise<boolean> {
    const { epoch } = since;
    let { seq } = since;
    let size = firstPageSize;
    const end = () => catchUp.start ?? stream.position ?? nowhere;
    if (isBeyond(since, end())) {
      // A client may come from a node that has received more.
      await stream.reach();
      if (isBeyond(since, stream.position ?? nowhere)) return false;
      catchUp.skipTo(since);
    }
    for (;;) {
      if (seq === end().seq && epoch === end().epoch) {
        const held = catchUp.take();
        if (held === undefined) return true;
        if (!await catchUp.replay(held)) return false;
        seq++;
        continue;
      }
      const { messages } = await this.#context.link.read(room, { seq, epoch }, size);
      if (messages === undefined || messages.length === 0) return false;
      for (const message of messages) {
        if (seq === end().seq) break;
        if (message.seq !== seq + 1) return false;
        if (!await catchUp.replay(makePublication(room, epoch, message))) return false;
        seq++;
      }
      size = pageSizeAfter(messages);
    }
  }
}

/** Whether a position is none of those before another, in the same epoch. */
function isBeyond({ seq, epoch }: Position, end: Position): boolean {
  return epoch !== end.epoch || seq > end.seq;
}

/** How many messages to read next: the page is kept for as long as its reader takes. */
function pageSizeAfter(messages: readonly HistoryMessage[]): number {
  const length = messages.reduce((sum, { data }) => sum + data.length, 0);
  const fitting = Math.floor(pageLength * messages.length / Math.max(1, length));
  return Math.max(1, Math.min(fitting, pageSize));
}
