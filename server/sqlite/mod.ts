/**
 * Durable history on SQLite, for an `App` of `@hawser/ws`: after a restart rooms go on where they
 * were, and clients recover what they have missed.
 *
 * @example A chat that remembers
 * ```ts
 * import { App } from "@hawser/ws";
 * import { SqliteHistory } from "@hawser/ws/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * using history = new SqliteHistory(":memory:", { size: 1_000 });
 * const app = new App({ rooms: { history } });
 * const position = await app.publish("deck", "note", { text: "hi" });
 * assertEquals(position.seq, 1);
 * ```
 *
 * @module
 */

export type { History, HistoryMessage, HistoryPage } from "../app/streams/history.ts";
export type { Position } from "../app/streams/position.ts";
export { DatabaseError, type DatabaseErrorCode } from "./database_error.ts";
export {
  SqliteHistory,
  type SqliteHistoryContext,
  type SqliteHistoryOptions,
} from "./sqlite_history.ts";
