/** History in memory: a few messages for each of the rooms that were busy last. */

import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../../wire/option_checks.ts";
import { epochOf, newGeneration } from "./epoch.ts";
import type { History, HistoryMessage, HistoryPage } from "./history.ts";
import type { JoinFrom, Position } from "./position.ts";

/** Options of a {@linkcode MemoryHistory}: how much it keeps, and for how long. */
export interface MemoryHistoryOptions {
  /**
   * Messages kept per room. With 0 messages are only numbered.
   *
   * @default {100}
   */
  size?: number;
  /**
   * Milliseconds for which a message is kept.
   *
   * @default {Infinity}
   */
  maxAge?: number;
  /**
   * Rooms whose streams are remembered. One more, and the one that was idle longest is forgotten:
   * it begins anew under another epoch. Rooms that have members here are not forgotten.
   *
   * @default {10_000}
   */
  maxRooms?: number;
  /**
   * Bytes of all messages. Beyond, the oldest ones of the room that was idle longest go.
   *
   * @default {67_108_864}
   */
  maxBytes?: number;
}

/**
 * Functions that a {@linkcode MemoryHistory} calls. An application hands in its clock
 * and its rooms; for a history that you make yourself, this is optional.
 */
export interface MemoryHistoryContext {
  /**
   * The time in milliseconds, from any origin, for `maxAge`.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
  /**
   * Tells that a room must not be forgotten, for `maxRooms`.
   *
   * @default Any may be.
   */
  readonly isInUse?: (room: string) => boolean;
}

/** Bytes of a message besides its text. @limit bytes: counted against `rooms.history.maxBytes` */
const messageOverhead = 100;

/** Rooms in use that are passed over before a bound is given up for the moment. */
const maxSkipped = 16;

interface KeptMessage extends HistoryMessage {
  readonly at: number;
}

interface Stream {
  readonly epoch: string;
  seq: number;
  /** Without holes; the last one is `seq`, where there is any. */
  readonly messages: KeptMessage[];
}

/**
 * The default {@linkcode History}, and the reference for others. It ends with the process: the
 * epochs of the next one are others.
 *
 * @example Reading what was missed
 * ```ts
 * import { MemoryHistory } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const history = new MemoryHistory({ size: 10 });
 * const since = await history.current("deck");
 * await history.append("deck", "note", '{"text":"hi"}');
 * const { messages } = await history.read("deck", since, 100);
 * assertEquals(messages?.map(({ seq, data }) => [seq, data]), [[1, '{"text":"hi"}']]);
 * ```
 */
export class MemoryHistory implements History {
  readonly #options: Required<MemoryHistoryOptions>;
  readonly #now: () => number;
  readonly #isInUse: (room: string) => boolean;
  /** Those used last at the end. */
  readonly #streams = new Map<string, Stream>();
  #generation = newGeneration();
  #bytes = 0;

  /**
   * Makes an empty history.
   *
   * @param options How much is kept.
   * @param context The clock and the rooms in use.
   * @throws {RangeError} A bound is out of range.
   */
  constructor(options: MemoryHistoryOptions = {}, context: MemoryHistoryContext = {}) {
    checkOptions("history", context, contextTypes);
    this.#options = resolveOptions(options);
    this.#now = context.now ?? (() => performance.now());
    this.#isInUse = context.isInUse ?? (() => false);
  }

  /** How many rooms are remembered; more than `maxRooms` only while rooms are in use. */
  get rooms(): number {
    return this.#streams.size;
  }

  /** Bytes of the messages: 100 each, and two for each character of name and data. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends a message to a room's stream, and forgets what is too much or too old by now.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data The data of the event, as text.
   * @returns The position of the message; the first one of a room has the `seq` 1. Never rejects.
   *
   * @example Numbers of two rooms
   * ```ts
   * import { MemoryHistory } from "@hawser/ws";
   * import { assertEquals, assertNotEquals } from "@std/assert";
   *
   * const history = new MemoryHistory();
   * await history.append("deck", "note", "{}");
   * const deck = await history.append("deck", "note", "{}");
   * const bridge = await history.append("bridge", "note", "{}");
   * assertEquals([deck.seq, bridge.seq], [2, 1]);
   * assertNotEquals(deck.epoch, bridge.epoch);
   * ```
   */
  append(room: string, event: string, data: string): Promise<Position> {
    const stream = this.#touch(room);
    const message = { seq: ++stream.seq, event, data, at: this.#now() };
    if (this.#options.size > 0) {
      stream.messages.push(message);
      this.#bytes += sizeOf(message);
    }
    while (stream.messages.length > this.#options.size) this.#dropOldest(stream);
    this.#dropAged(stream);
    this.#keepRoomBound(room);
    this.#keepByteBound(room);
    return Promise.resolve({ seq: stream.seq, epoch: stream.epoch });
  }

  /**
   * Reads what follows a position, or the newest messages.
   *
   * @param room Room name.
   * @param since A position, which may come from a stranger; or how many of the newest.
   * @param limit How many messages at the most, the oldest of them.
   * @returns The messages, or `undefined` in their place where some of them are forgotten or the
   * position is none of this room's. Never rejects.
   *
   * @example Page by page
   * ```ts
   * import { MemoryHistory } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const history = new MemoryHistory();
   * let since = await history.current("deck");
   * for (const n of [1, 2, 3]) await history.append("deck", "count", `{"n":${n}}`);
   *
   * const pages: string[][] = [];
   * for (let page; (page = (await history.read("deck", since, 2)).messages)?.length;) {
   *   pages.push(page.map(({ data }) => data));
   *   since = { ...since, seq: since.seq + page.length };
   * }
   * assertEquals(pages, [['{"n":1}', '{"n":2}'], ['{"n":3}']]);
   * ```
   */
  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    const stream = this.#streams.get(room);
    if (stream !== undefined) this.#dropAged(stream);
    const position = this.#position(room);
    const kept = stream?.messages ?? [];
    if ("last" in since) {
      const start = Math.max(0, kept.length - since.last);
      return Promise.resolve({ position, messages: kept.slice(start, start + limit) });
    }
    const missing = position.seq - since.seq;
    const isKnown = since.epoch === position.epoch && Number.isInteger(since.seq) &&
      since.seq >= 0 && missing >= 0 && missing <= kept.length;
    if (!isKnown) return Promise.resolve({ position, messages: undefined });
    const start = kept.length - missing;
    return Promise.resolve({ position, messages: kept.slice(start, start + limit) });
  }

  /**
   * Tells where a room's stream stands. To ask leaves nothing behind.
   *
   * @param room Room name.
   * @returns The position of the last message; the `seq` is 0 where there was none. Never rejects.
   *
   * @example Before and after a message
   * ```ts
   * import { MemoryHistory } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const history = new MemoryHistory();
   * assertEquals((await history.current("deck")).seq, 0);
   * assertEquals(history.rooms, 0);
   * const position = await history.append("deck", "note", "{}");
   * assertEquals(await history.current("deck"), position);
   * ```
   */
  current(room: string): Promise<Position> {
    return Promise.resolve(this.#position(room));
  }

  #position(room: string): Position {
    const stream = this.#streams.get(room);
    if (stream === undefined) return { seq: 0, epoch: epochOf(this.#generation, room) };
    return { seq: stream.seq, epoch: stream.epoch };
  }

  #touch(room: string): Stream {
    const stream = this.#streams.get(room) ?? { ...this.#position(room), messages: [] };
    this.#streams.delete(room);
    this.#streams.set(room, stream);
    return stream;
  }

  // ----- Bounds -----

  #dropAged({ messages }: Stream): void {
    const oldest = this.#now() - this.#options.maxAge;
    let count = 0;
    for (const message of messages) {
      if (message.at >= oldest) break;
      this.#bytes -= sizeOf(message);
      count++;
    }
    if (count > 0) messages.splice(0, count);
  }

  #dropOldest({ messages }: Stream): void {
    const message = messages.shift();
    if (message !== undefined) this.#bytes -= sizeOf(message);
  }

  #keepRoomBound(latest: string): void {
    let skipped = 0;
    for (const room of this.#streams.keys()) {
      if (this.#streams.size <= this.#options.maxRooms || skipped === maxSkipped) return;
      if (!this.#retire(room, latest)) skipped++;
    }
  }

  #keepByteBound(latest: string): void {
    for (const [room, stream] of this.#streams) {
      while (this.#bytes > this.#options.maxBytes && stream.messages.length > 0) {
        this.#dropOldest(stream);
      }
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#retire(room, latest);
    }
  }

  /** Forgets the room that was idle longest, or lets it live on as the one used last. */
  #retire(room: string, latest: string): boolean {
    const stream = this.#streams.get(room);
    if (stream === undefined) return false;
    this.#streams.delete(room);
    if (room === latest || this.#isInUse(room)) {
      this.#streams.set(room, stream);
      return false;
    }
    for (const message of stream.messages) this.#bytes -= sizeOf(message);
    this.#generation = newGeneration();
    return true;
  }
}

/** V8 keeps a text in one or two bytes per character; two are assumed. */
function sizeOf({ event, data }: HistoryMessage): number {
  return 2 * (event.length + data.length) + messageOverhead;
}

const optionTypes = {
  size: "number",
  maxAge: "number",
  maxRooms: "number",
  maxBytes: "number",
} as const satisfies Record<keyof MemoryHistoryOptions, OptionType>;

const ranges = {
  size: { least: 0 },
  maxAge: { least: 1, unit: "ms", endless: true },
  maxRooms: { least: 1 },
  maxBytes: { least: 1 },
} as const satisfies Record<keyof MemoryHistoryOptions, NumberRange>;

const contextTypes = {
  now: "function",
  isInUse: "function",
} as const satisfies Record<keyof MemoryHistoryContext, OptionType>;

function resolveOptions(options: MemoryHistoryOptions): Required<MemoryHistoryOptions> {
  checkOptions("history", options, optionTypes);
  const { size = 100, maxAge = Infinity, maxRooms = 10_000, maxBytes = 67_108_864 } = options;
  const resolved = { size, maxAge, maxRooms, maxBytes };
  checkNumbers("history.", resolved, ranges);
  return resolved;
}
