/** A map with several values under a key. */

import { addTo, type CompactSet, hasIn, itemsOf, removeFrom, sizeOf } from "./compact_set.ts";

/** Most keys have one value, which needs no table. A key exists as long as it has values. */
export class Multimap<Key, Value extends object | string> {
  readonly #sets = new Map<Key, CompactSet<Value>>();

  /** How many keys there are. */
  get size(): number {
    return this.#sets.size;
  }

  /** Iterates over the keys. */
  keys(): Iterable<Key> {
    return this.#sets.keys();
  }

  /** Adds a value. Returns `true` when it is the first under its key. */
  add(key: Key, value: Value): boolean {
    const set = this.#sets.get(key);
    this.#sets.set(key, addTo(set, value));
    return set === undefined;
  }

  /** Removes a value. Returns `true` when it was the last under its key. */
  delete(key: Key, value: Value): boolean {
    const set = this.#sets.get(key);
    if (set === undefined) return false;
    const left = removeFrom(set, value);
    if (left === undefined) return this.#sets.delete(key);
    if (left !== set) this.#sets.set(key, left);
    return false;
  }

  /** Tells whether a value is under a key. */
  has(key: Key, value: Value): boolean {
    return hasIn(this.#sets.get(key), value);
  }

  /** The values of a key as they are at the moment; `undefined` where there are none. */
  get(key: Key): CompactSet<Value> | undefined {
    return this.#sets.get(key);
  }

  /** Iterates over the values of a key, in the order in which they were added. */
  valuesOf(key: Key): Iterable<Value> {
    return itemsOf(this.#sets.get(key));
  }

  /** How many values a key has. */
  countOf(key: Key): number {
    return sizeOf(this.#sets.get(key));
  }
}
