/** JSON of peers: parsed plainly, whatever it holds, and counted before anything is made of it. */

/**
 * The key `__proto__`, each of its characters plain or escaped. Inside of a longer text the quotes
 * are escaped, so little else is found.
 */
const protoKey =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/;

/**
 * Parses JSON without keys that would change an object's prototype when they are copied. To look
 * for them costs a hundredth of the parsing, to remove them no more than it: a reviver, which V8
 * calls for each value, costs up to 60 times as much.
 *
 * @param text JSON text of a peer, of any depth.
 * @returns What it says.
 * @throws {SyntaxError} It is no JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (protoKey.test(text)) dropProtoKeys(value);
  return value;
}

/** Goes through everything without recursion, as depth costs a peer nothing. */
function dropProtoKeys(root: unknown): void {
  const waiting = isContainer(root) ? [root] : [];
  for (let each; (each = waiting.pop()) !== undefined;) {
    if (Array.isArray(each)) {
      for (const value of each) if (isContainer(value)) waiting.push(value);
      continue;
    }
    for (const key of Object.keys(each)) {
      const value = each[key];
      if (key === "__proto__") delete each[key];
      else if (isContainer(value)) waiting.push(value);
    }
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

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
 * @returns `true` where there are more. What is no array is one.
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
