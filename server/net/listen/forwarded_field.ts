/** The field `Forwarded`, read from its end. RFC 7239 §4. */

import { isToken } from "../../../protocol/header_fields.ts";

/** The element that one proxy has added: parameters by name in lower case. */
export type ForwardedElement = ReadonlyMap<string, string>;

/**
 * Splits values of the field into elements, from the last one on. Only the end was written by
 * proxies that are trusted, so whatever stands before it must not change how it is read: quotes are
 * counted from the right.
 */
export function* lastElements(values: readonly string[]): Generator<ForwardedElement> {
  const text = values.join(",");
  let end = text.length;
  let isQuoted = false;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === '"' && !isEscaped(text, at)) isQuoted = !isQuoted;
    if (text[at] !== "," || isQuoted) continue;
    yield parseElement(text.slice(at + 1, end));
    end = at;
  }
  yield parseElement(text.slice(0, end));
}

/** RFC 9110 §5.6.4: behind an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === "\\") start--;
  return (at - start) % 2 === 1;
}

/** An element with a fault in it says nothing. */
function parseElement(text: string): ForwardedElement {
  const element = new Map<string, string>();
  let rest = text.trim();
  while (rest !== "") {
    const [pair, name = "", quoted, plain = ""] =
      /^([^=\s]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))(?:;\s*|$)/.exec(rest) ?? [];
    const isFaulty = pair === undefined || !isToken(name) || element.has(name.toLowerCase());
    if (isFaulty) return new Map();
    element.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain);
    rest = rest.slice(pair.length);
  }
  return element;
}
