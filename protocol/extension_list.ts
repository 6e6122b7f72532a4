/** The list of extensions in `Sec-WebSocket-Extensions`, read and written. RFC 6455 §9.1. */

import { HandshakeError } from "./errors.ts";
import { isToken } from "./header_fields.ts";
import { isTokenChar, isWhitespace } from "./latin1.ts";

/** One element of `Sec-WebSocket-Extensions`: an offer, or the answer to one. RFC 6455 §9.1. */
export interface Extension {
  /** The extension's name. */
  readonly name: string;
  /** Parameters in their order, repeated ones kept; the value is `undefined` without a "=". */
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[];
}

/**
 * Reads `Sec-WebSocket-Extensions` in one pass. Names are just text: nothing is looked up. Empty
 * elements are passed over, as RFC 9110 §5.6.1 demands; a list without any other offers nothing.
 *
 * @param values All values of the field.
 * @param status Status of the error: 400 for a client's offers, 0 for a server's answer.
 * @returns The elements in their order.
 * @throws {HandshakeError} The list breaks the grammar of RFC 6455 §9.1.
 *
 * @example An offer with two parameters
 * ```ts
 * import { parseExtensions } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseExtensions(['x; a="1"; b']), [
 *   { name: "x", parameters: [["a", "1"], ["b", undefined]] },
 * ]);
 * ```
 */
export function parseExtensions(values: readonly string[], status = 400): Extension[] {
  const extensions: Extension[] = [];
  for (const value of values) {
    const scanner = new ExtensionScanner(value, status);
    do {
      if (!scanner.atElementEnd) extensions.push(scanner.takeExtension());
    } while (scanner.takeSeparator(","));
    scanner.checkEnd();
  }
  return extensions;
}

/**
 * Writes a list for `Sec-WebSocket-Extensions`.
 *
 * @param extensions The elements.
 * @returns The field's value; empty for an empty list.
 * @throws {TypeError} A name or a value is not a token.
 *
 * @example An answer
 * ```ts
 * import { encodeExtensions } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = { name: "x", parameters: [["a", "1"], ["b", undefined]] } as const;
 * assertEquals(encodeExtensions([answer]), "x; a=1; b");
 * ```
 */
export function encodeExtensions(extensions: readonly Extension[]): string {
  return extensions.map(encodeExtension).join(", ");
}

function encodeExtension({ name, parameters }: Extension): string {
  let text = checkToken(name);
  for (const [parameter, value] of parameters) {
    text += `; ${checkToken(parameter)}`;
    if (value !== undefined) text += `=${checkToken(value)}`;
  }
  return text;
}

function checkToken(text: string): string {
  if (isToken(text)) return text;
  throw new TypeError(`Cannot encode extension as it needs tokens: current value is "${text}"`);
}

/** Goes once through a list of extensions. RFC 6455 §9.1, with the implied white space it names. */
class ExtensionScanner {
  readonly #text: string;
  readonly #status: number;
  #at = 0;

  constructor(text: string, status: number) {
    this.#text = text;
    this.#status = status;
    this.#skipWhitespace();
  }

  /** `true` where an element is over, or empty. */
  get atElementEnd(): boolean {
    return this.#at === this.#text.length || this.#text[this.#at] === ",";
  }

  takeExtension(): Extension {
    const name = this.#takeToken();
    const parameters: [name: string, value: string | undefined][] = [];
    while (this.takeSeparator(";")) {
      const parameter = this.#takeToken();
      parameters.push([parameter, this.takeSeparator("=") ? this.#takeValue() : undefined]);
    }
    return { name, parameters };
  }

  /** Steps over a separator and the white space around it, if that is what comes next. */
  takeSeparator(separator: string): boolean {
    this.#skipWhitespace();
    if (!this.#takeChar(separator)) return false;
    this.#skipWhitespace();
    return true;
  }

  checkEnd(): void {
    if (this.#at < this.#text.length) throw this.#error();
  }

  #takeValue(): string {
    if (!this.#takeChar('"')) return this.#takeToken();
    // RFC 6455 §9.1: a quoted string must be a token once its backslashes are removed.
    let value = "";
    do {
      this.#takeChar("\\");
      value += this.#takeToken();
    } while (!this.#takeChar('"'));
    return value;
  }

  #takeToken(): string {
    const start = this.#at;
    while (isTokenChar(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === start) throw this.#error();
    return this.#text.slice(start, this.#at);
  }

  #takeChar(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipWhitespace(): void {
    while (isWhitespace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #error(): HandshakeError {
    return new HandshakeError(this.#status, "Sec-WebSocket-Extensions is malformed");
  }
}
