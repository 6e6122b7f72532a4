/** Header fields, and the lists of tokens in their values. */

import { HandshakeError } from "./errors.ts";
import { isFieldChar, isTokenChar, trimWhitespace } from "./latin1.ts";

/**
 * The fields of one head in the order in which they were sent, duplicates kept. They are searched
 * one by one: heads have few fields, and any name is as good as another.
 *
 * @example Names in any case
 * ```ts
 * import { HeaderFields } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const fields = new HeaderFields([["Cookie", "a=1"], ["cookie", "b=2"]]);
 * assertEquals(fields.getAll("cookie"), ["a=1", "b=2"]);
 * ```
 */
export class HeaderFields {
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  /**
   * Copies names and values. Names become lower case, nothing else is checked.
   *
   * @param entries The fields in their order.
   */
  constructor(entries: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of entries) {
      this.#names.push(name.toLowerCase());
      this.#values.push(value);
    }
  }

  /** How many fields there are, duplicates counted. */
  get size(): number {
    return this.#names.length;
  }

  /**
   * Finds a field's first value.
   *
   * @param name Name in lower case.
   * @returns The value, or `undefined` without such a field.
   *
   * @example A name in lower case
   * ```ts
   * import { HeaderFields } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const fields = new HeaderFields([["Origin", "https://example.com"]]);
   * assertEquals(fields.get("origin"), "https://example.com");
   * assertEquals(fields.get("cookie"), undefined);
   * ```
   */
  get(name: string): string | undefined {
    const at = this.#names.indexOf(name);
    return at < 0 ? undefined : this.#values[at];
  }

  /**
   * Finds all values of a field.
   *
   * @param name Name in lower case.
   * @returns The values in their order; empty without such a field.
   *
   * @example A field that may be sent once only
   * ```ts
   * import { HeaderFields } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const fields = new HeaderFields([["Host", "a.example"], ["Host", "b.example"]]);
   * assertEquals(fields.getAll("host"), ["a.example", "b.example"]);
   * assertEquals(fields.getAll("origin"), []);
   * ```
   */
  getAll(name: string): string[] {
    const first = this.#names.indexOf(name);
    if (first < 0) return [];
    const found = [this.#values[first]!];
    for (let at = first + 1; at < this.#names.length; at++) {
      if (this.#names[at] === name) found.push(this.#values[at]!);
    }
    return found;
  }

  /**
   * Tells whether a field is there, be it empty.
   *
   * @param name Name in lower case.
   * @returns `true` when it is.
   *
   * @example An empty field
   * ```ts
   * import { HeaderFields } from "@hawser/ws/protocol";
   * import { assert } from "@std/assert";
   *
   * const fields = new HeaderFields([["Sec-WebSocket-Extensions", ""]]);
   * assert(fields.has("sec-websocket-extensions"));
   * assert(!fields.has("sec-websocket-protocol"));
   * ```
   */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Names in lower case and values, in their order. */
  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    return this.#names.map((name, at) => [name, this.#values[at]!] as const).values();
  }
}

/**
 * Tells whether text is a token, the alphabet of methods, field names, subprotocols and extensions.
 * RFC 9110 §5.6.2.
 *
 * @param text The text to check.
 * @returns `false` for the empty string, too.
 *
 * @example A subprotocol's name
 * ```ts
 * import { isToken } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(isToken("chat.v1"));
 * assert(!isToken("chat v1"));
 * ```
 */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!isTokenChar(text.charCodeAt(at))) return false;
  }
  return text !== "";
}

/**
 * Tells whether text may be sent as a field's value: Latin-1 without control characters, HTAB
 * excepted. RFC 9110 §5.5.
 *
 * @param text The text to check.
 * @returns `true` for the empty string, too.
 *
 * @example A second field smuggled into a value
 * ```ts
 * import { isFieldValue } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(!isFieldValue("a\r\nset-cookie: b"));
 * ```
 */
export function isFieldValue(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!isFieldChar(text.charCodeAt(at))) return false;
  }
  return true;
}

/**
 * Tells whether a list such as `Connection` or `Upgrade` has an element, in any case. Elements that
 * are empty or mean nothing to us are passed over. RFC 9110 §5.6.1, §7.6.1, §7.8.
 *
 * @param values All values of the field.
 * @param element The element in lower case.
 * @returns `true` when it is in the list.
 *
 * @example What Firefox sends
 * ```ts
 * import { includesElement } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(includesElement(["keep-alive, Upgrade"], "upgrade"));
 * ```
 */
export function includesElement(values: readonly string[], element: string): boolean {
  for (const value of values) {
    for (const item of value.split(",")) {
      if (trimWhitespace(item).toLowerCase() === element) return true;
    }
  }
  return false;
}

/**
 * Reads the subprotocols of a client. Empty elements are refused, which recipients of other lists
 * pass over (RFC 9110 §5.6.1): RFC 6455 §4.1, item 10, wants each to be non-empty.
 *
 * @param values All values of the field.
 * @returns The tokens in their order.
 * @throws {HandshakeError} An element is not a token.
 *
 * @example Subprotocols over two fields
 * ```ts
 * import { parseTokenList } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTokenList(["chat.v2, chat.v1", "soap"]), ["chat.v2", "chat.v1", "soap"]);
 * ```
 */
export function parseTokenList(values: readonly string[]): string[] {
  if (values.length === 0) return [];
  const tokens = values.flatMap((value) => value.split(",").map((item) => trimWhitespace(item)));
  if (!tokens.every(isToken)) {
    throw new HandshakeError(400, "Header field is not a list of tokens");
  }
  return tokens;
}
