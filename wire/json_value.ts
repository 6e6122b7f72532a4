/** Values that JSON can carry: whether one is, what is made of it, and why it cannot be carried. */

import { encodeBytes, isBytesKey } from "./bytes.ts";

/** Depth from which on {@linkcode isPlain} leaves a value to the general way. */
const maxPlainDepth = 100;

/**
 * Gives what `JSON.stringify` writes without a loss.
 *
 * @param value The value.
 * @param name Its name in the error.
 * @returns The value itself, or a copy with bytes and the like replaced.
 * @throws {TypeError} Something in it cannot be carried: `data.list[3] is a Map`.
 */
export function toJsonValue(value: unknown, name: string): unknown {
  return isPlain(value, maxPlainDepth) ? value : new Conversion(name).run(value);
}

/**
 * The look that most data passes: 0.1 us for a chat message. Data that it refuses may be good
 * still.
 */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return false;
  return value === null || isPlainContainer(value, depth);
}

function isPlainContainer(value: object, depth: number): boolean {
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isPlain(value[at], depth - 1)) return false;
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Not `for in`, which is ten times as slow once it has met an object without a prototype.
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0]!.startsWith("$")) return false;
  for (const key of keys) {
    // The cast: they are its keys.
    const field = (value as Record<string, unknown>)[key];
    if (key === "__proto__" || field !== undefined && !isPlain(field, depth - 1)) return false;
  }
  return true;
}

/** An object or array on the way, and what is made of it. */
interface Frame {
  readonly source: object;
  readonly target: unknown[] | Record<string, unknown>;
  /** Of an object; an array has its indices. */
  readonly keys: readonly string[];
  readonly size: number;
  /** How many are done. */
  next: number;
}

/** The general way: copies a value, to any depth, and knows where it is. */
class Conversion {
  readonly #name: string;
  readonly #frames: Frame[] = [];
  /** The sources of the frames. */
  readonly #ancestors = new Set<object>();

  constructor(name: string) {
    this.#name = name;
  }

  run(value: unknown): unknown {
    const result = this.#convert(value, "");
    for (let frame; (frame = this.#frames.at(-1)) !== undefined;) {
      if (frame.next < frame.size) this.#step(frame);
      else this.#leave(frame);
    }
    return result;
  }

  #step(frame: Frame): void {
    const { source, target, keys } = frame;
    const at = frame.next++;
    if (Array.isArray(source) && Array.isArray(target)) {
      target.push(this.#convert(source[at], String(at)));
      return;
    }
    const key = keys[at]!;
    if (key === "__proto__") this.#refuse("is a field that no peer accepts");
    // The casts: both have fields.
    const value = (source as Record<string, unknown>)[key];
    const converted = value === undefined ? undefined : this.#convert(value, key);
    if (converted === undefined) return;
    const name = keys.length === 1 && isBytesKey(key) ? `$${key}` : key;
    (target as Record<string, unknown>)[name] = converted;
  }

  /** Returns what is carried; an object is filled in later. `undefined`: its field is left out. */
  #convert(value: unknown, key: string): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : this.#refuse(`is ${value}`);
      case "object":
        return value === null ? null : this.#convertObject(value, key);
      case "undefined":
        return this.#refuse("is undefined");
      default:
        return this.#refuse(`is a ${typeof value}`);
    }
  }

  #convertObject(value: object, key: string): unknown {
    const kind = kindOf(value);
    // Before `toJSON`: that of Node's Buffer makes an array of numbers.
    // The cast: only these are called so, whatever realm they come from.
    if (kind === "Uint8Array" && ArrayBuffer.isView(value)) return encodeBytes(value as Uint8Array);
    if (!("toJSON" in value) || typeof value.toJSON !== "function") return this.#enter(value, kind);
    const result: unknown = value.toJSON(key);
    // As with JSON.stringify, the result's own `toJSON` is not asked.
    if (typeof result === "object" && result !== null) return this.#enter(result, kindOf(result));
    const parent = this.#frames.at(-1)?.target;
    const isField = parent !== undefined && !Array.isArray(parent);
    return result === undefined && isField ? undefined : this.#convert(result, key);
  }

  #enter(source: object, kind: string): unknown {
    const isArray = Array.isArray(source);
    if (!isArray && kind !== "Object") this.#refuse(`is ${articleOf(kind)} ${kind}`);
    if (this.#ancestors.has(source)) this.#refuse("is a circle");
    this.#ancestors.add(source);
    const keys = isArray ? [] : Object.keys(source);
    const size = isArray ? source.length : keys.length;
    const target = isArray ? [] : {};
    this.#frames.push({ source, target, keys, size, next: 0 });
    return target;
  }

  #leave({ source }: Frame): void {
    this.#frames.pop();
    this.#ancestors.delete(source);
  }

  /** @throws {TypeError} Always. */
  #refuse(reason: string): never {
    const path = this.#frames.map(({ keys, next, target }) => {
      if (Array.isArray(target)) return `[${next - 1}]`;
      const key = keys[next - 1]!;
      return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    });
    throw new TypeError(`Cannot send data: ${this.#name}${shorten(path)} ${reason}`);
  }
}

/**
 * The runtime's name of its class: `Map`; `Object` is an object without a kind, of whatever class.
 */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Parts of a path that an error names. */
const maxPath = 20;

function shorten(path: readonly string[]): string {
  if (path.length <= maxPath) return path.join("");
  return `${path.slice(0, maxPath / 2).join("")}...${path.slice(-maxPath / 2).join("")}`;
}

function articleOf(kind: string): string {
  return /^[AEIOU]/.test(kind) ? "an" : "a";
}
