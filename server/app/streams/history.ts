/** The recent messages of rooms: what an implementation keeps, and what it guarantees. */

import type { JoinFrom, Position } from "./position.ts";

/** A message of a room's stream. */
export interface HistoryMessage {
  /** Its number; the message before it has one less. */
  readonly seq: number;
  /** Event name. */
  readonly event: string;
  /** The event's data, as text that the application has written. */
  readonly data: string;
}

/**
 * The result of a read: the messages behind a position without a hole, or that there is no
 * telling.
 */
export interface HistoryPage {
  /** Where the room's stream stood when it was read. */
  readonly position: Position;
  /**
   * The messages that follow the position, the oldest first, all of them or as many as were asked
   * for; empty where nothing has followed. `undefined` where it cannot be told what has: the
   * position is of another epoch or room, lies in the future, is no position at all, or messages
   * behind it were forgotten.
   */
  readonly messages: readonly HistoryMessage[] | undefined;
}

/**
 * Keeps the streams of rooms. Every room has one, from position 0 on, and naming a room that was
 * never written to leaves nothing behind.
 *
 * - **Order.** Calls for one room take effect in the order in which they are made, whether or not
 *   the earlier ones have settled: a read sees each append that was called before it.
 * - **Atomicity.** An append stores the message and takes its number in one step. The promise
 *   resolves once the message is kept as safely as the implementation promises; where it rejects,
 *   nothing was stored and no number was taken. An `append` that was not awaited still counts.
 * - **Epoch.** A `seq` has a meaning only together with the epoch. Whenever a stream was lost, or
 *   was forgotten in part or as a whole so that a number may be given again, the room has an epoch
 *   that it never had before. No two rooms share one. An epoch consists of letters, digits, `-`,
 *   `_`, `.` and `~`, 64 at the most.
 * - **Completeness.** A page has no hole, and a position whose successors are not all there is
 *   answered `undefined`: never by some of them.
 *
 * The application checks the names of rooms. Nothing here calls back.
 */
export interface History {
  /**
   * Appends a message to a room's stream.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data The data of the event, as text: JSON in most cases. It is returned unchanged.
   * @returns The position of the message. Rejects where it cannot be stored.
   */
  append(room: string, event: string, data: string): Promise<Position>;
  /**
   * Reads what follows a position, or the newest messages.
   *
   * @param room Room name.
   * @param since A position, which may come from a stranger; or how many of the newest: fewer where
   * fewer are kept.
   * @param limit How many messages at the most, the oldest of them.
   * @returns The messages. Rejects where nothing can be read.
   */
  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage>;
  /**
   * Tells where a room's stream stands.
   *
   * @param room Room name.
   * @returns The position of the last message. Rejects where nothing can be read.
   */
  current(room: string): Promise<Position>;
  /** Closes it; called when the server that serves its application has shut down. */
  [Symbol.asyncDispose]?(): Promise<void>;
  /** The same, where it can be closed at once. */
  [Symbol.dispose]?(): void;
}
