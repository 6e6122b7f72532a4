/** Counts what JSON of a peer holds, before anything is made of it. */

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Counts the elements of an array in JSON text, and stops where there are too many.
 *
 * @param text JSON text, which need not be well-formed.
 * @param limit How many there may be.
 * @returns `true` where there are more. A text that is no array counts as one.
 */
export function hasMoreElements(text: string, limit: number): boolean {
  const start = text.search(/[^ \t\r\n]/);
  if (text.charCodeAt(start) !== openBracket) return limit < 1;
  let commas = 0;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBracket || code === openBrace) depth++;
    else if (code === closeBracket || code === closeBrace) depth--;
    else if (code === comma && depth === 1 && ++commas >= limit) return true;
  }
  return false;
}

/** Finds the quote that ends a string: one behind an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = start + 1; (end = text.indexOf('"', end)) >= 0; end++) {
    let first = end;
    while (text.charCodeAt(first - 1) === backslash) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
