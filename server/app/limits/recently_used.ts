/** Remembers a bounded number of keys that peers choose, such as addresses. */

/** Keys that are looked at with each use, whether they can be forgotten. */
const looks = 3;

/** How a {@linkcode RecentlyUsed} makes its values and forgets them. */
export interface RecentlyUsedOptions<Value> {
  /** How many are remembered. */
  readonly limit: number;
  /** Makes the value of a key that is new. */
  make(): Value;
  /** Whether a new value would be as good. */
  isSpare(value: Value): boolean;
  /** Whether a value must be kept even beyond the limit; never where it is left out. */
  isBusy?(value: Value): boolean;
}

/** One value for each key. Beyond the limit the least recently used ones are forgotten. */
export class RecentlyUsed<Value> {
  readonly #options: RecentlyUsedOptions<Value>;
  /** In the order of their last use. */
  readonly #values = new Map<string, Value>();

  constructor(options: RecentlyUsedOptions<Value>) {
    this.#options = options;
  }

  /** How many are remembered at the moment. */
  get size(): number {
    return this.#values.size;
  }

  /** The value of a key, a new one where none is remembered. */
  get(key: string): Value {
    const value = this.#values.get(key) ?? this.#options.make();
    this.#values.delete(key);
    this.#forget();
    this.#values.set(key, value);
    return value;
  }

  /** Looks at the oldest keys: drops those whose value is spare, or if there are too many. */
  #forget(): void {
    const { limit, isSpare, isBusy } = this.#options;
    for (const [key, value] of [...this.#values.entries().take(looks)]) {
      const busy = isBusy?.(value) ?? false;
      if (!busy && !isSpare(value) && this.#values.size < limit) return;
      this.#values.delete(key);
      if (busy) this.#values.set(key, value);
    }
  }
}
