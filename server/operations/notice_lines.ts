/** Notices, and what becomes of the broker, as lines on stderr, where there is no log. */

import type { BrokerRecord, NodeRecord, NoticeRecord } from "../net/log_records.ts";
import { escapeText } from "./log_lines.ts";

/**
 * Writes a notice to stderr.
 *
 * @param notice The notice.
 */
export function writeNotice(notice: NoticeRecord): void {
  // deno-lint-ignore no-console -- the option `log` replaces it
  console.error(noticeLine(notice));
}

/**
 * Writes a notice as a line for people.
 *
 * @param notice The notice.
 * @returns The line, without its end.
 */
export function noticeLine({ id, message, suppressed }: NoticeRecord): string {
  const whose = id === undefined ? "" : ` (client ${id})`;
  const others = suppressed === undefined ? "" : ` (and ${suppressed} more that were not reported)`;
  return escapeText(`Hawser: ${message}${whose}${others}`);
}

/**
 * Writes what has become of the broker, or of another node, to stderr.
 *
 * @param record The record.
 */
export function writeBroker(record: BrokerRecord | NodeRecord): void {
  // deno-lint-ignore no-console -- the option `log` replaces it
  console.error(brokerLine(record));
}

/**
 * Writes what has become of the broker, or of another node, as a line for people.
 *
 * @param record The record.
 * @returns The line, without its end.
 */
export function brokerLine(record: BrokerRecord | NodeRecord): string {
  if (record.event === "node") {
    const { node, state } = record;
    return escapeText(`Hawser: node ${node} ${state === "lost" ? "is lost" : "has left"}`);
  }
  return record.state === "up"
    ? "Hawser: the broker is up, and other nodes can be reached"
    : "Hawser: the broker is down, and other nodes cannot be reached";
}
