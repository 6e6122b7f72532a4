/** Users whose join or leave the store has not stored: it is asked again. */

import type { Clock } from "../../clock.ts";

/**
 * Users that the store is asked about again, each counted per room.
 *
 * @limit users: one more is reported as failed, and not tried again
 */
const maxUnsettled = 10_000;

/** Users that are tried at a time. */
const triedAtOnce = 100;

/** Milliseconds before a try, doubled after each in which all have failed. */
const [firstDelay, lastDelay] = [1_000, 30_000];

/**
 * Tries again until the store takes it, with more and more time between. A store may refuse for a
 * while, as Redis does without memory, and its users stay for hours.
 */
export class Unsettled {
  readonly #clock: Clock;
  readonly #settle: (room: string, userId: string) => Promise<void>;
  /** Room and user, as JSON; the first to be tried first. */
  readonly #places = new Set<string>();
  #delay = firstDelay;
  #stopTimer: (() => void) | undefined;
  #isTrying = false;
  #isStopped = false;

  /**
   * @param clock The clock of timers.
   * @param settle Tells the store again whether a user is in a room. Rejects where it fails again.
   */
  constructor(clock: Clock, settle: (room: string, userId: string) => Promise<void>) {
    this.#clock = clock;
    this.#settle = settle;
  }

  /** How many wait to be tried. */
  get size(): number {
    return this.#places.size;
  }

  /** The store has failed for a user. */
  add(room: string, userId: string): void {
    if (this.#isStopped || this.#places.size >= maxUnsettled) return;
    this.#places.add(placeOf(room, userId));
    this.#wait();
  }

  /** The store has taken something newer of a user. */
  delete(room: string, userId: string): void {
    if (this.#places.size > 0) this.#places.delete(placeOf(room, userId));
  }

  /** Tries nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
    this.#places.clear();
  }

  #wait(): void {
    if (this.#isTrying || this.#isStopped || this.#places.size === 0) return;
    this.#stopTimer ??= this.#clock.after(this.#delay, () => {
      this.#stopTimer = undefined;
      void this.#try();
    });
  }

  async #try(): Promise<void> {
    this.#isTrying = true;
    const places = [...this.#places.values().take(triedAtOnce)];
    let failures = 0;
    await Promise.all(places.map(async (place) => {
      this.#places.delete(place);
      const [room, userId] = JSON.parse(place) as [string, string];
      try {
        await this.#settle(room, userId);
      } catch {
        failures++;
        this.add(room, userId);
      }
    }));
    this.#isTrying = false;
    this.#delay = failures < places.length ? firstDelay : Math.min(2 * this.#delay, lastDelay);
    if (failures === 0 && this.#places.size > 0 && !this.#isStopped) return await this.#try();
    this.#wait();
  }
}

function placeOf(room: string, userId: string): string {
  return JSON.stringify([room, userId]);
}
