/** Notices as lines on stderr, where there is no log. */

import type { NoticeRecord } from "../net/log_records.ts";
import { escapeText } from "./log_lines.ts";

/**
 * Writes a notice to stderr.
 *
 * @param notice What is said.
 */
export function writeNotice(notice: NoticeRecord): void {
  // deno-lint-ignore no-console -- the option `log` replaces it
  console.error(noticeLine(notice));
}

/**
 * Writes a notice as a line for people.
 *
 * @param notice What is said.
 * @returns The line, without its end.
 */
export function noticeLine({ id, message, unsaid }: NoticeRecord): string {
  const whose = id === undefined ? "" : ` (client ${id})`;
  const others = unsaid === undefined ? "" : ` (and ${unsaid} more that were not said)`;
  return escapeText(`Hawser: ${message}${whose}${others}`);
}
