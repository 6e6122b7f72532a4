/** JSON of the other end: parsed plainly, and refused where it has a key `__proto__`. */

/** JSON has a key `__proto__`. */
export class ProtoKeyError extends SyntaxError {
  override readonly name = "ProtoKeyError";
}

/**
 * Parses JSON without keys that would change an object's prototype when they are copied. Text with
 * one is refused, as `toJsonValue` refuses to write it: to take it out of the value costs several
 * parses. To look for it costs a tenth of a parse, and in the worst texts one or two, where a
 * reviver, which V8 calls for each value, costs up to 60.
 *
 * @param text JSON text of a peer, of any depth.
 * @returns Its value.
 * @throws {SyntaxError} It is no JSON.
 * @throws {ProtoKeyError} It has a key `__proto__`, in whatever spelling.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (hasProtoKey(text)) throw new ProtoKeyError("Field __proto__ is not accepted");
  return value;
}

// Inside of a string a quote has a backslash before it, so nothing but a key matches.
const plainKey = /"(?<!\\")__proto__"\s*:/;
const escapedKey =
  /"(?<!\\")(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/;

/** The looks before the patterns are ten times as fast as they, and all that most texts need. */
function hasProtoKey(text: string): boolean {
  if (text.includes('"__proto__"') && plainKey.test(text)) return true;
  return text.includes("\\") && /\\u00[567]/.test(text) && escapedKey.test(text);
}

/** Tells whether a value of JSON is an object or an array. */
export function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Tells whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
