/**
 * The data of events, as text that messages are made of and histories keep: JSON with bytes as
 * `bytes.ts` has them, nothing for `undefined`, and `args[...]` for several arguments.
 *
 * | Data | What arrives |
 * | --- | --- |
 * | text, numbers, booleans, `null`, arrays and objects of these | the same |
 * | `undefined` | the same; as the value of a field: the field is left out |
 * | `Uint8Array`, and classes made of it such as `Buffer` | a `Uint8Array` |
 * | an object with `toJSON`, such as a `Date` | what the method returns |
 * | an object of a class, without `toJSON` | a plain object of its own enumerable fields |
 * | `-0` | `0` |
 * | `Map`, `Set`, `Error`, `ArrayBuffer`, `Float64Array` and all that the runtime has besides,
 * functions, symbols, BigInt, `NaN`, `Infinity`, `undefined` or a hole in an array, a field
 * `__proto__`, a circle | nothing: `TypeError` at the call |
 */

import { Args, argsOf } from "./args.ts";
import { decodeBytes, mayHoldBytes } from "./bytes.ts";
import { parseJson } from "./parse_json.ts";
import { toJsonValue } from "./json_value.ts";

/** The start of several arguments: no JSON begins so. */
const severalMark = "args";

/**
 * Writes data as text.
 *
 * @param data The data of an event or of an acknowledgement.
 * @returns The text.
 * @throws {TypeError} JSON cannot carry the data; the error says where the reason is.
 */
export function encodeData(data: unknown): string {
  return encodeChecked(checkData(data));
}

/**
 * Checks data, and makes of it what JSON carries. For data that is encoded later, if at all.
 *
 * @param data The data of an event.
 * @returns The data itself where it holds no bytes and the like, otherwise a copy.
 * @throws {TypeError} JSON cannot carry the data.
 */
export function checkData(data: unknown): unknown {
  if (data === undefined) return undefined;
  if (!(data instanceof Args)) return toJsonValue(data, "data");
  const values: unknown = toJsonValue(Array.from(data), "args");
  // The cast: it was made of an array.
  return argsOfAny(values as unknown[]);
}

/** Keeps the mark, also of a list that somebody has made shorter. */
function argsOfAny(values: readonly unknown[]): Args {
  const list = new Args();
  for (const value of values) list.push(value);
  return list;
}

/** Writes data that {@linkcode checkData} has returned. */
export function encodeChecked(data: unknown): string {
  if (data === undefined) return "";
  const json = JSON.stringify(data);
  return data instanceof Args ? severalMark + json : json;
}

/**
 * Reads data.
 *
 * @param text As {@linkcode encodeData} has written it.
 * @returns The data.
 * @throws {SyntaxError} It is no such text.
 */
export function decodeData(text: string): unknown {
  if (text === "") return undefined;
  const isSeveral = text.startsWith(severalMark);
  const json = isSeveral ? text.slice(severalMark.length) : text;
  const value = parseJson(json);
  const data = mayHoldBytes(json) ? decodeBytes(value) : value;
  // The cast: several arguments are written as an array.
  return isSeveral ? argsOf(data as unknown[]) : data;
}

/** Gives the fields `data` or `args` of a message, each behind a comma; none for `undefined`. */
export function dataFields(text: string): string {
  if (text === "") return "";
  if (text.startsWith(severalMark)) return `,"args":${text.slice(severalMark.length)}`;
  return `,"data":${text}`;
}
