/** A history that outlives the process. */

import type { DatabaseSync } from "node:sqlite";
import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../wire/option_checks.ts";
import type { History, HistoryPage } from "../app/streams/history.ts";
import type { JoinFrom, Position } from "../app/streams/position.ts";
import { openDatabase } from "./database.ts";
import { MessageStore, type NewMessage } from "./message_store.ts";

/** Options of a {@linkcode SqliteHistory}: how much it keeps, and how safely. */
export interface SqliteHistoryOptions {
  /**
   * Messages kept per room. With 0 messages are only numbered.
   *
   * @default {100}
   */
  size?: number;
  /**
   * Milliseconds for which a message is kept, by the clock on the wall.
   *
   * @default {Infinity}
   */
  maxAge?: number;
  /**
   * Rooms that are remembered. One more, and a tenth of them, those that were idle longest, are
   * forgotten: they begin anew under other epochs.
   *
   * @default {100_000}
   */
  maxRooms?: number;
  /**
   * Bytes of the file, without the log beside it. A message that would make it larger is refused,
   * as if the disk was full.
   *
   * @default {Infinity}
   */
  maxFileSize?: number;
  /**
   * When a message counts as stored. Either way it survives the end of the process, by `kill -9`
   * too.
   *
   * - `"full"`: once the disk has confirmed it. Nothing is lost by a power failure.
   * - `"normal"`: once the kernel has it. This saves the time that the disk takes, during which the
   *   process does nothing else. A power failure may take the last messages away; their numbers
   *   are then given again, and clients that saw the lost ones miss the new ones unawares.
   *
   * @default {"full"}
   */
  synchronous?: "full" | "normal";
}

/** Functions that a {@linkcode SqliteHistory} calls; for tests. */
export interface SqliteHistoryContext {
  /** Tells the time, in milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

/** A message that waits to be written. */
interface Pending extends NewMessage {
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

/** The longest that a message waits to be written, in milliseconds. */
const maxDelay = 50;

/**
 * A {@linkcode History} in an SQLite database of its own, which belongs to one process at a time.
 * Epochs last as long as the file. Messages of the same moment are committed together; while the
 * disk is slow, more of them are.
 *
 * The process needs the permissions to read and write the file, and a small one beside it, called
 * `FILE-writer`. This holds the mark of the process that wrote the database last. Where it does not
 * fit, because the database comes from a backup or was copied without it, all streams begin anew
 * under other epochs; numbers that were given before to other messages would be a gap that nobody
 * hears of. A backup must not hold both files: leave `FILE-writer` out, or remove it (`rm
 * chat.db-writer`) before the restored database is opened.
 *
 * @example What was published before a restart
 * ```ts
 * import { SqliteHistory } from "@hawser/ws/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".db" });
 * const before = new SqliteHistory(path);
 * const since = await before.current("deck");
 * await before.append("deck", "note", '{"text":"hi"}');
 * before.close();
 *
 * using after = new SqliteHistory(path);
 * const { messages } = await after.read("deck", since, 100);
 * assertEquals(messages, [{ seq: 1, event: "note", data: '{"text":"hi"}' }]);
 * ```
 */
export class SqliteHistory implements History, Disposable {
  readonly #database: DatabaseSync;
  readonly #store: MessageStore;
  #pending: Pending[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How long the last commit took, in milliseconds. */
  #lastCommit = 0;
  /**
   * `true` where the file was not the one that was written last, such as one from a backup. All
   * streams have new epochs then, as their numbers may have been given before to other messages:
   * clients that come back get `recovered: false`.
   */
  readonly isReplaced: boolean;

  /**
   * Opens a database, or makes one.
   *
   * @param path The file; `:memory:` keeps everything in memory.
   * @param options How much is kept, and how safely.
   * @param context The clock and the rooms in use.
   * @throws {DatabaseError} The file is locked, damaged, not ours, or cannot be written.
   * @throws {RangeError} A bound is out of range.
   * @throws {TypeError} An option is not known, or of a wrong type.
   */
  constructor(
    path: string,
    options: SqliteHistoryOptions = {},
    context: SqliteHistoryContext = {},
  ) {
    checkOptions("SqliteHistory", context, { now: "function" });
    const resolved = resolveOptions(options);
    const { database, isReplaced } = openDatabase(path, resolved);
    this.#database = database;
    this.isReplaced = isReplaced;
    this.#store = new MessageStore(this.#database, resolved, context.now ?? Date.now);
  }

  /**
   * Appends a message to a room's stream. Messages of the same moment, and those that come while
   * the disk is slow, are written together.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data The data of the event, as text.
   * @returns The position of the message, once it is stored as `synchronous` says. Rejects where it
   * could not be written, as the disk or `maxFileSize` is full, or the history is closed.
   *
   * @example Two messages in one commit
   * ```ts
   * import { SqliteHistory } from "@hawser/ws/sqlite";
   * import { assertEquals } from "@std/assert";
   *
   * using history = new SqliteHistory(":memory:");
   * const positions = await Promise.all([
   *   history.append("deck", "note", '{"text":"All hands"}'),
   *   history.append("deck", "note", '{"text":"Set sail"}'),
   * ]);
   * assertEquals(positions.map(({ seq }) => seq), [1, 2]);
   * ```
   */
  append(room: string, event: string, data: string): Promise<Position> {
    if (!this.#database.isOpen) return Promise.reject(new TypeError("Cannot append: closed"));
    return new Promise((resolve, reject) => {
      this.#pending.push({ room, event, data, resolve, reject });
      const delay = Math.min(maxDelay, this.#lastCommit);
      this.#timer ??= setTimeout(() => this.#commit(), delay);
    });
  }

  /**
   * Reads the messages behind a position, or the newest ones. Waiting messages are written
   * first.
   *
   * @param room Room name.
   * @param since A position, which may come from a stranger; or how many of the newest.
   * @param limit How many messages at the most, the oldest of them.
   * @returns The messages, the oldest first, and where the stream stands; `undefined` instead of
   * the messages where not all that follow are there. Rejects where nothing can be read.
   *
   * @example Page by page
   * ```ts
   * import { SqliteHistory } from "@hawser/ws/sqlite";
   * import { assertEquals } from "@std/assert";
   *
   * using history = new SqliteHistory(":memory:");
   * const start = await history.current("deck");
   * for (const event of ["one", "two", "three"]) history.append("deck", event, "{}");
   *
   * const first = await history.read("deck", start, 2);
   * const second = await history.read("deck", { ...start, seq: 2 }, 2);
   * assertEquals(first.messages?.map(({ event }) => event), ["one", "two"]);
   * assertEquals(second.messages?.map(({ event }) => event), ["three"]);
   * ```
   */
  async read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    this.#commit();
    return await this.#store.read(room, since, limit);
  }

  /**
   * Tells where a room's stream stands. Waiting messages are written first.
   *
   * @param room Room name; asking for a room leaves nothing behind.
   * @returns The position of the last message, with `seq` 0 where there was none. Rejects where
   * nothing can be read.
   *
   * @example Before and after a message
   * ```ts
   * import { SqliteHistory } from "@hawser/ws/sqlite";
   * import { assertEquals } from "@std/assert";
   *
   * using history = new SqliteHistory(":memory:");
   * const before = await history.current("deck");
   * const after = await history.append("deck", "note", "{}");
   * assertEquals(before, { seq: 0, epoch: after.epoch });
   * assertEquals(await history.current("deck"), after);
   * ```
   */
  async current(room: string): Promise<Position> {
    this.#commit();
    return await this.#store.current(room);
  }

  /**
   * Writes what waits, and closes the database: another process may open it then. Does nothing the
   * second time. `using` closes it at the end of a scope.
   *
   * @example Last words
   * ```ts
   * import { SqliteHistory } from "@hawser/ws/sqlite";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const history = new SqliteHistory(":memory:");
   * const last = history.append("deck", "note", '{"text":"Good night"}');
   * history.close();
   * assertEquals((await last).seq, 1);
   * await assertRejects(() => history.append("deck", "note", "{}"), TypeError);
   * ```
   */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#commit();
    this.#database.close();
  }

  /** The same as {@linkcode SqliteHistory.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #commit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#pending;
    if (batch.length === 0) return;
    this.#pending = [];
    const start = performance.now();
    // The refusal of one message need not concern the others.
    if (!this.#write(batch)) batch.forEach((each) => this.#write([each]));
    this.#lastCommit = performance.now() - start;
  }

  /** Returns `false` where nothing was written, and another try is worth it. */
  #write(batch: readonly Pending[]): boolean {
    let positions: Position[];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      positions = batch.map((each) => this.#store.append(each));
      this.#store.sweep();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      if (batch.length > 1) return false;
      for (const { reject } of batch) reject(error);
      return true;
    }
    for (const [index, { resolve }] of batch.entries()) resolve(positions[index]!);
    return true;
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#store.rolledBack();
    } catch {
      // The error that has led here says more, and the next transaction will fail likewise.
    }
  }
}

const optionTypes = {
  size: "number",
  maxAge: "number",
  maxRooms: "number",
  maxFileSize: "number",
  synchronous: "any",
} as const satisfies Record<keyof SqliteHistoryOptions, OptionType>;

const ranges = {
  size: { least: 0 },
  maxAge: { least: 1, unit: "ms", endless: true },
  maxRooms: { least: 1 },
  maxFileSize: { least: 1, unit: "bytes", endless: true },
} as const satisfies Record<string, NumberRange>;

function resolveOptions(options: SqliteHistoryOptions): Required<SqliteHistoryOptions> {
  checkOptions("SqliteHistory", options, optionTypes);
  const { size = 100, maxAge = Infinity, maxRooms = 100_000, maxFileSize = Infinity } = options;
  const bounds = { size, maxAge, maxRooms, maxFileSize };
  checkNumbers("history.", bounds, ranges);
  const { synchronous = "full" } = options;
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new TypeError(`Cannot use history.synchronous: "${synchronous}" is none of its values`);
  }
  return { ...bounds, synchronous };
}
