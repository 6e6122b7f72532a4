/** The option `history` of an application, and what it makes of it. */

import type { History } from "./history.ts";
import {
  MemoryHistory,
  type MemoryHistoryContext,
  type MemoryHistoryOptions,
} from "./memory_history.ts";

/** How much is kept in memory, or where else; `false` numbers messages without keeping them. */
export type HistoryOptions = MemoryHistoryOptions | History | false;

/**
 * Makes the history of an application.
 *
 * @throws {RangeError} A bound is out of range.
 */
export function openHistory(options: HistoryOptions, context: MemoryHistoryContext = {}): History {
  if (options === false) return new MemoryHistory({ size: 0 }, context);
  return isHistory(options) ? options : new MemoryHistory(options, context);
}

/** Whether it is a history, and not how much one keeps. */
export function isHistory(options: MemoryHistoryOptions | History): options is History {
  return "append" in options && "read" in options && "current" in options;
}
