/**
 * Bytes in JSON: `{"$base64":"..."}`. Data that looks like it is told apart by one more `$`.
 *
 * | Value | JSON |
 * | --- | --- |
 * | bytes | `{"$base64":"aGk="}` |
 * | an object whose only key is `$base64` | `{"$$base64":...}` |
 * | one whose only key is `$$base64` | `{"$$$base64":...}`, and so on |
 * | any object with another key besides | itself |
 */

import { decodeBase64, encodeBase64 } from "./base64.ts";
import { isContainer } from "./parse_json.ts";

/** The key of bytes, and of data that looks like them. */
const marker = /^\$+base64$/;

/** The same key in JSON text, each of its characters plain or escaped. */
const markerInText =
  /"(?:\$|\\u0024)+(?:b|\\u0062)(?:a|\\u0061)(?:s|\\u0073)(?:e|\\u0065)(?:6|\\u0036)(?:4|\\u0034)"\s*:/;

/** Tells whether an object with this as its only key must be written with one more `$`. */
export function isBytesKey(key: string): boolean {
  return marker.test(key);
}

/** Writes bytes as a value of JSON. */
export function encodeBytes(bytes: Uint8Array): Record<string, string> {
  return { $base64: encodeBase64(bytes) };
}

/** Tells whether JSON text may hold bytes. Costs a hundredth of the parsing. */
export function mayHoldBytes(text: string): boolean {
  return markerInText.test(text);
}

/**
 * Puts bytes in the place of what stands for them, in any depth, within the given value.
 *
 * @param root A value as `JSON.parse` makes it, which may be changed.
 * @returns The value with bytes.
 * @throws {SyntaxError} What is under `$base64` is no text in base64.
 */
export function decodeBytes(root: unknown): unknown {
  const waiting: Container[] = [];
  /** A key that has lost a `$` is data: it says nothing any more. */
  function decode(value: unknown): unknown {
    if (!isContainer(value)) return value;
    const decoded = Array.isArray(value) ? value : decodeObject(value);
    if (!(decoded instanceof Uint8Array)) waiting.push(decoded);
    return decoded;
  }
  const decoded = decode(root);
  for (let each; (each = waiting.pop()) !== undefined;) {
    if (Array.isArray(each)) { for (const [at, value] of each.entries()) each[at] = decode(value); }
    else for (const key of Object.keys(each)) each[key] = decode(each[key]);
  }
  return decoded;
}

type Container = unknown[] | Record<string, unknown>;

function decodeObject(object: Record<string, unknown>): Record<string, unknown> | Uint8Array {
  const keys = Object.keys(object);
  const key = keys.length === 1 ? keys[0]! : "";
  if (!marker.test(key)) return object;
  const value = object[key];
  if (key !== "$base64") return { [key.slice(1)]: value };
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw new SyntaxError("Bytes are not in base64");
  return bytes;
}
