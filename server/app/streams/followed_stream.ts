/** One room's stream as this node follows it: by number, in any order of arrival. */

import type { BrokerMessage } from "./broker.ts";
import type { HistoryPage } from "./history.ts";
import type { Position } from "./position.ts";

/** Counts of messages that did not come by number, in all streams; all 0 without other nodes. */
export interface StreamCounts {
  /** Times that messages were missing and read from the stream. */
  readonly holes: number;
  /** Messages that had come before, and were dropped. */
  readonly doubles: number;
  /** Times that a stream began anew under its members, who were told. */
  readonly resets: number;
}

/** The parts that followed streams share. */
export interface FollowContext {
  readonly counts: { -readonly [Name in keyof StreamCounts]: number };
  /**
   * Begins to follow the room. Rejects where this is not possible at the moment; returns
   * `undefined` where it is done at once.
   */
  follow(room: string): Promise<void> | undefined;
  current(room: string): Promise<Position>;
  read(room: string, since: Position, limit: number): Promise<HistoryPage>;
  /** The next message, in the order of the numbers. Does not throw. */
  handOut(room: string, position: Position, message: BrokerMessage): void;
  /** The stream stands here now, and what it has to do with what was before is unknown. */
  reset(room: string, position: Position): void;
  /** Messages that are missing could not be read. Does not throw. */
  failed(room: string, error: unknown): void;
}

/** Messages that are read at once. @limit messages: they are read in pages */
const pageSize = 100;

/** Messages that wait while a hole is read. @limit messages: read from the stream instead */
const maxWaiting = 1_000;

/**
 * Data of the messages that wait, if there are several.
 *
 * @limit characters: read from the stream instead
 */
const maxWaitingSize = 1_048_576;

/** A message that cannot be handed out yet. */
interface Waiting {
  readonly position: Position;
  readonly message: BrokerMessage;
  /** The number of the read that began last before it came. */
  readonly round: number;
}

/** The state of a stream while it is being opened or read. */
class Repair {
  /** Settles at the end of it. */
  work: Promise<void> = Promise.resolve();
  waiting: Waiting[] = [];
  /** Characters of what waits. */
  size = 0;
  /** Whether there may be messages in the stream that neither were handed out nor wait. */
  isBehind = false;
  /** Where the broker has found the stream meanwhile. */
  found: Position | undefined;
  /** Counts reads. */
  round = 0;

  /** Adds a message, or forgets all: they are read then. */
  hold(position: Position, message: BrokerMessage): void {
    const { length } = message.data;
    if (this.waiting.length === maxWaiting || this.size + length > maxWaitingSize) {
      this.replace([]);
      this.isBehind = true;
    }
    this.waiting.push({ position, message, round: this.round });
    this.size += length;
  }

  replace(waiting: Waiting[]): void {
    this.waiting = waiting;
    this.size = waiting.reduce((sum, { message }) => sum + message.data.length, 0);
  }
}

/**
 * Hands out a room's messages without a hole or a double. The next number goes out at once; an
 * older one is a double; with any other the stream is read, and what comes meanwhile waits. Where
 * the hole cannot be read, or the stream has another epoch, it begins anew there: a reset.
 *
 * There is one for each room with members, so it is small while nothing is wrong.
 */
export class FollowedStream {
  readonly #room: string;
  readonly #context: FollowContext;
  #seq = 0;
  /** `undefined` until it is known where the stream stands; `null` once it is closed. */
  #epoch: string | undefined | null;
  #repair: Repair | undefined;

  /** @param emptyEpoch The epoch where the stream is known to have no messages. */
  constructor(room: string, context: FollowContext, emptyEpoch?: string) {
    this.#room = room;
    this.#context = context;
    this.#epoch = emptyEpoch;
  }

  /** The epoch of a stream without messages, of which nothing is being read; else `undefined`. */
  get emptyEpoch(): string | undefined {
    const isEmpty = this.#seq === 0 && this.#repair === undefined;
    return isEmpty ? this.#epoch ?? undefined : undefined;
  }

  /** Where it stands: what comes next follows this. */
  get position(): Position | undefined {
    return typeof this.#epoch === "string" ? { seq: this.#seq, epoch: this.#epoch } : undefined;
  }

  /** Follows the room, then reads where it stands. Rejects where this fails. */
  open(): Promise<void> {
    return this.#begin(true).work;
  }

  /** Reads what there is in the stream beyond what has come here. Never rejects. */
  async reach(): Promise<void> {
    if (this.position === undefined) return;
    const repair = this.#begin(false);
    repair.isBehind = true;
    await repair.work.catch(() => {});
  }

  /** A message has come. */
  published(position: Position, message: BrokerMessage): void {
    if (this.#repair === undefined && position.epoch === this.#epoch) {
      if (position.seq === this.#seq + 1) return this.#next(position, message);
      if (position.seq <= this.#seq) return void this.#context.counts.doubles++;
      this.#context.counts.holes++;
    }
    this.#begin(false).hold(position, message);
  }

  /** The broker has found that the stream stands here. */
  stands(position: Position): void {
    if (position.epoch === this.#epoch && position.seq <= this.#seq) return;
    if (this.#epoch === undefined && this.#repair === undefined) this.#restart(position);
    else {
      const repair = this.#begin(false);
      repair.isBehind = true;
      repair.found = position;
    }
  }

  /** Hands out nothing any more. */
  close(): void {
    this.#epoch = null;
  }

  /** Begins to read, or to open, unless this goes on already. */
  #begin(isOpening: boolean): Repair {
    if (this.#repair !== undefined) return this.#repair;
    const repair = this.#repair = new Repair();
    repair.work = this.#run(repair, isOpening);
    return repair;
  }

  /** Reads until nothing waits, and nothing is known to be missing. Rejects where opening fails. */
  async #run(repair: Repair, isOpening: boolean): Promise<void> {
    try {
      await (isOpening ? this.#open() : undefined);
    } finally {
      while (this.#hasMore(repair)) await this.#read(repair);
      // At once with the last look: what comes from now on goes out, or begins anew.
      this.#repair = undefined;
    }
  }

  async #open(): Promise<void> {
    const following = this.#context.follow(this.#room);
    if (following !== undefined) await following;
    const { seq, epoch } = await this.#context.current(this.#room);
    if (this.#epoch === null) return;
    this.#seq = seq;
    this.#epoch = epoch;
    this.#drain();
  }

  // ----- Holes -----

  #hasMore(repair: Repair): boolean {
    if (this.#epoch === undefined) this.#restartFromWaiting();
    return typeof this.#epoch === "string" && (repair.isBehind || repair.waiting.length > 0);
  }

  /** Reads a page. Never rejects. */
  async #read(repair: Repair): Promise<void> {
    const since = this.position;
    if (since === undefined) return;
    repair.isBehind = false;
    const round = ++repair.round;
    try {
      const page = await this.#context.read(this.#room, since, pageSize);
      if (this.#epoch !== null) this.#take(repair, since, page, round);
    } catch (error) {
      this.#context.failed(this.#room, error);
      if (this.#epoch === null) return;
      this.#drain();
      this.#restartFromWaiting();
    }
  }

  #take(
    repair: Repair,
    since: Position,
    { position, messages }: HistoryPage,
    round: number,
  ): void {
    for (const { seq, event, data } of messages ?? []) {
      if (seq !== this.#seq + 1) break;
      this.#next({ seq, epoch: since.epoch }, { event, data });
    }
    this.#drain();
    const isEnd = position.epoch === this.#epoch && this.#seq >= position.seq;
    if (!isEnd && this.#seq > since.seq) repair.isBehind = true;
    else if (!isEnd) {
      this.#restart(position);
      // It may have begun with a message that waited, and those behind it are lost, too.
      const { found } = repair;
      if (found !== undefined && found.epoch === this.#epoch && found.seq > this.#seq) {
        repair.isBehind = true;
      }
    }
    if (!repair.isBehind) this.#settle(repair, round);
  }

  /**
   * The stream was read to its end. A message that waited before that and waits still is of an
   * older epoch, or those before it are lost.
   */
  #settle(repair: Repair, round: number): void {
    const epoch = this.#epoch ?? undefined;
    repair.replace(
      repair.waiting.filter((each) => each.round >= round || each.position.epoch === epoch),
    );
    // The next number would have gone out.
    if (repair.waiting.some((each) => each.round < round)) this.#restartFromWaiting(epoch);
  }

  /** Hands out what waits and follows on. */
  #drain(): void {
    const repair = this.#repair;
    if (repair === undefined || repair.waiting.length === 0) return;
    const { waiting } = repair;
    repair.replace([]);
    const left = waiting.toSorted((one, other) => one.position.seq - other.position.seq)
      .filter(({ position, message }) => {
        if (position.epoch !== this.#epoch || position.seq > this.#seq + 1) return true;
        if (position.seq === this.#seq + 1) this.#next(position, message);
        return false;
      });
    repair.replace([...left, ...repair.waiting]);
  }

  #next(position: Position, message: BrokerMessage): void {
    this.#seq = position.seq;
    this.#context.handOut(this.#room, position, message);
  }

  // ----- Resets -----

  /** Begins anew with what waits, if anything does. */
  #restartFromWaiting(epoch = this.#repair?.waiting.at(-1)?.position.epoch): void {
    if (typeof epoch === "string") this.#restart({ seq: Infinity, epoch });
  }

  /** Begins anew at a position, or before the first message that waits. */
  #restart({ seq, epoch }: Position): void {
    const since = epoch === this.#epoch ? this.#seq : -1;
    const waiting =
      this.#repair?.waiting.filter(({ position }) =>
        position.epoch === epoch && position.seq > since
      ) ?? [];
    for (const { position } of waiting) seq = Math.min(seq, position.seq - 1);
    if (seq === Infinity) return;
    this.#seq = Math.max(seq, since);
    this.#epoch = epoch;
    this.#repair?.replace(waiting);
    this.#context.counts.resets++;
    this.#context.reset(this.#room, { seq: this.#seq, epoch });
    this.#drain();
  }
}
