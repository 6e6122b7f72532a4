/** Log records as lines: as text for people, as JSON for programs. */

import type { LogRecord, LogSink } from "../net/log_records.ts";

/**
 * Characters that are kept of one text: a path may have thousands, an origin too.
 *
 * @limit characters: cut off
 */
const maxTextLength = 256;

/**
 * Characters that a terminal, an editor or a log collector might obey instead of showing: control
 * characters, ANSI sequences and line breaks among them, and what is invisible or turns the
 * direction of text.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Makes a sink for {@linkcode ServeOptions.log} that writes one line of text per record, such as
 * `2026-11-22T10:00:00.000Z open id=… address=192.0.2.1 path=/ws transport=websocket protocol=""`.
 *
 * @param write Takes each line, without its end.
 * @returns The sink.
 * @throws {TypeError} `write` is no function.
 *
 * @example A line for people
 * ```ts
 * import { textLog } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const log = textLog((line) => lines.push(line));
 * const time = Date.UTC(2026, 10, 22);
 * log({ time, event: "reject", address: "192.0.2.1", path: "/ws", status: 403, reason: "No\n" });
 * assertEquals(lines, [
 *   String.raw`2026-11-22T00:00:00.000Z reject address=192.0.2.1 path=/ws status=403 reason="No\n"`,
 * ]);
 * ```
 */
export function textLog(write: (line: string) => void): LogSink {
  checkWrite(write);
  return function logText(record: LogRecord): void {
    const { time, event, ...fields } = record;
    const texts = definedEntries(fields).map(([name, value]) => `${name}=${encodeText(value)}`);
    return write([new Date(time).toISOString(), event, ...texts].join(" "));
  };
}

/**
 * Makes a sink for {@linkcode ServeOptions.log} that writes one line of JSON per record, `time` in
 * the format of ISO 8601.
 *
 * @param write Takes each line, without its end.
 * @returns The sink.
 * @throws {TypeError} `write` is no function.
 *
 * @example A line for programs
 * ```ts
 * import { jsonLog } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const log = jsonLog((line) => lines.push(line));
 * log({ time: 0, event: "reject", address: "192.0.2.1", status: 408, reason: "Late" });
 * assertEquals(lines, [
 *   '{"time":"1970-01-01T00:00:00.000Z","event":"reject","address":"192.0.2.1","status":408,"reason":"Late"}',
 * ]);
 * ```
 */
export function jsonLog(write: (line: string) => void): LogSink {
  checkWrite(write);
  return function logJson({ time, ...fields }: LogRecord): void {
    const pairs = definedEntries({ time: new Date(time).toISOString(), ...fields })
      .map(([name, value]) => `${JSON.stringify(name)}:${encodeJson(value)}`);
    return write(`{${pairs.join(",")}}`);
  };
}

function checkWrite(write: unknown): void {
  if (typeof write === "function") return;
  throw new TypeError(`Cannot write log lines: write must be a function: it is a ${typeof write}`);
}

type Value = string | number | boolean;

function definedEntries(fields: object): [name: string, value: Value][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}

/** Bare where that cannot be misread, else quoted as in JSON. */
function encodeText(value: Value): string {
  return typeof value === "string" && !/^[\w./:@%+~-]+$/.test(value)
    ? encodeJson(value)
    : `${shortened(value)}`;
}

function encodeJson(value: Value): string {
  return escapeText(JSON.stringify(shortened(value)));
}

/** Escapes what a terminal or a log collector might obey. */
export function escapeText(text: string): string {
  return text.replaceAll(unsafe, escapeUnits);
}

function shortened(value: Value): Value {
  return typeof value === "string" && value.length > maxTextLength
    ? `${value.slice(0, maxTextLength)}…`
    : value;
}

/** Each UTF-16 unit, as JSON escapes it. */
function escapeUnits(character: string): string {
  return character.split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
