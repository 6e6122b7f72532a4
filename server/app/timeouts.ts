/** What must happen in time, for many clients, by one timer instead of one each. */

import type { Clock } from "./clock.ts";

/** How late an end may be noticed, in milliseconds. */
const defaultResolution = 250;

/** Something that is due at a time. */
interface Item {
  readonly at: number;
  readonly expire: () => void;
}

/** Looks through all that is due, again and again while there is something to wait for. */
export class Timeouts {
  readonly #clock: Clock;
  readonly #resolution: number;
  readonly #items = new Set<Item>();
  #stop: (() => void) | undefined;

  /**
   * @param clock Tells the time, and calls.
   * @param shortest The shortest timeout in milliseconds; it is kept to a tenth.
   */
  constructor(clock: Clock, shortest = Infinity) {
    this.#clock = clock;
    this.#resolution = Math.max(5, Math.min(defaultResolution, shortest / 10));
  }

  /** How many wait. */
  get size(): number {
    return this.#items.size;
  }

  /**
   * Waits for a time to pass.
   *
   * @param delay Milliseconds from now.
   * @param expire Called once; it does not throw.
   * @returns Calls it off.
   */
  add(delay: number, expire: () => void): () => void {
    const item: Item = { at: this.#clock.now() + delay, expire };
    this.#items.add(item);
    this.#stop ??= this.#sweepLater();
    return () => this.#delete(item);
  }

  #delete(item: Item): void {
    this.#items.delete(item);
    if (this.#items.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #sweepLater(): () => void {
    return this.#clock.after(this.#resolution, () => {
      this.#stop = undefined;
      this.#sweep();
      if (this.#items.size > 0) this.#stop ??= this.#sweepLater();
    });
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const item of this.#items) {
      if (item.at > now) continue;
      this.#items.delete(item);
      item.expire();
    }
  }
}
