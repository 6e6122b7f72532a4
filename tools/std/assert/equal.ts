/** Equality in depth, with the rules of the real package: by value, and `0` equals `-0`. */

/** Objects of these classes are compared by their text. */
const comparedAsText: ReadonlySet<unknown> = new Set([
  Intl.Locale.prototype,
  RegExp.prototype,
  URL.prototype,
  URLSearchParams.prototype,
]);

/**
 * Compares two values in depth.
 *
 * @throws {TypeError} One of them is a WeakMap or a WeakSet.
 */
export function equal(a: unknown, b: unknown): boolean {
  return new Comparison().equal(a, b);
}

/** One comparison, which remembers the pairs that it is in the middle of. */
class Comparison {
  readonly #pairs = new Map<object, object>();

  equal(a: unknown, b: unknown): boolean {
    if (a === b || Object.is(a, b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
    if (prototypeOf(a) !== prototypeOf(b)) return false;
    if (ArrayBuffer.isView(a) && !(a instanceof DataView)) return this.#equalItems(a, b);
    if (a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
      // The cast: both have the same prototype.
      return this.#equalItems(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
    }
    if (a instanceof WeakMap || a instanceof WeakSet) {
      throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
    }
    if (this.#pairs.get(a) === b) return true;
    this.#pairs.set(a, b);
    return this.#equalContents(a, b);
  }

  #equalItems(a: object, b: object): boolean {
    const [left, right] = [a as Uint8Array, b as Uint8Array];
    return left.length === right.length && left.every((item, i) => this.equal(item, right[i]));
  }

  #equalContents(a: object, b: object): boolean {
    if (Object.keys(a).length !== Object.keys(b).length) return false;
    if (a instanceof Map && b instanceof Map) return this.#equalEntries([...a], [...b]);
    if (a instanceof Set && b instanceof Set) return this.#equalEntries([...a], [...b]);
    if (comparedAsText.has(prototypeOf(a))) return String(a) === String(b);
    return this.#equalFields(a, b);
  }

  /** Each of the one is among the others, which are as many: in any order. */
  #equalEntries(a: readonly unknown[], b: readonly unknown[]): boolean {
    return a.length === b.length && a.every((entry) => b.some((other) => this.equal(entry, other)));
  }

  #equalFields(a: object, b: object): boolean {
    for (const key of new Set([...keysOf(a), ...keysOf(b)])) {
      // The casts: a field that is missing is undefined.
      const [left, right] = [Reflect.get(a, key) as unknown, Reflect.get(b, key) as unknown];
      if (key in a !== key in b || !this.equal(left, right)) return false;
    }
    return true;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** An object without a prototype is a plain one. */
function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

/**
 * The fields that count: of plain objects and arrays the enumerable ones; of others all, those of
 * the class included. So errors are equal only where their stacks are.
 */
function keysOf(value: object): (string | symbol)[] {
  const prototype = prototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) {
    return Reflect.ownKeys(value).filter((key) =>
      Object.prototype.propertyIsEnumerable.call(value, key)
    );
  }
  const keys: (string | symbol)[] = [];
  for (let level = value; level !== Object.prototype; level = prototypeOf(level)) {
    keys.push(...Reflect.ownKeys(level));
  }
  return keys;
}
