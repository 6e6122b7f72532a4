/** Deadlines of many connections and clients, watched by one timer instead of a timer each. */

import { type Clock, systemClock } from "./clock.ts";
import { type ListItem, UnorderedList } from "./unordered_list.ts";

/** Milliseconds between two sweeps where no short timeout asks for less. */
const coarsest = 250;
const finest = 5;

/** Something that must have happened by a certain time. */
export interface DeadlineItem extends ListItem {
  /** Time of the clock in milliseconds; `Infinity` while there is none. */
  deadline: number;
  /** Called by each sweep that finds the deadline passed; must move it or delete the item. */
  onDeadline(now: number): void;
}

/** Options of {@linkcode Deadlines}. */
export interface DeadlinesOptions {
  /**
   * Tells the time, and sweeps.
   *
   * @default {systemClock}
   */
  clock?: Clock;
  /**
   * Milliseconds between two sweeps: how late a deadline may be noticed.
   *
   * @default {250}
   */
  resolution?: number;
}

/**
 * Items with a deadline. The timer runs only while there are items. To move a deadline is to assign
 * it, which costs nothing.
 *
 * A sweep that comes much too late, and the next one, call only items whose deadline had passed two
 * sweeps before: the process was blocked, by a handler for instance, and what the peers have sent
 * meanwhile is not read yet. So a process that is always late has deadlines, too.
 */
export class Deadlines implements Clock {
  /** The present time, in which deadlines are given. */
  readonly now: () => number;
  readonly #clock: Clock;
  readonly #resolution: number;
  readonly #items = new UnorderedList<DeadlineItem>();
  #cancelSweep: (() => void) | undefined;
  /** When the timer was started, or the last sweep was; and the one before it. */
  #sweptAt = 0;
  #sweptBefore = 0;
  /** Whether the last sweep came too late. */
  #wasLate = false;

  /** @param options The clock and how often it is looked at. */
  constructor(options: DeadlinesOptions = {}) {
    const { clock = systemClock, resolution = coarsest } = options;
    this.now = () => clock.now();
    this.#clock = clock;
    this.#resolution = resolution;
  }

  /** How many items are watched. */
  get size(): number {
    return this.#items.size;
  }

  /** Watches an item until it is deleted. To add it twice is to add it once. */
  add(item: DeadlineItem): void {
    this.#items.add(item);
    if (this.#cancelSweep !== undefined) return;
    this.#sweptAt = this.#sweptBefore = this.now();
    this.#wasLate = false;
    this.#sweepLater();
  }

  /** Forgets an item; one that is not watched is ignored. */
  delete(item: DeadlineItem): void {
    this.#items.delete(item);
    if (this.#items.size === 0) this.#stop();
  }

  /**
   * Calls a function once.
   *
   * @param delay Milliseconds from now; noticed late by the resolution at the most.
   * @param run Does not throw.
   * @returns Cancels the call.
   */
  after(delay: number, run: () => void): () => void {
    const item: DeadlineItem = {
      deadline: this.now() + delay,
      listIndex: undefined,
      onDeadline: () => {
        this.delete(item);
        run();
      },
    };
    this.add(item);
    return () => this.delete(item);
  }

  /** Calls every item whose deadline has passed. The timer does this by itself. */
  sweep(): void {
    const now = this.now();
    const isLate = now - this.#sweptAt > 2 * this.#resolution;
    const due = isLate || this.#wasLate ? this.#sweptBefore : now;
    this.#wasLate = isLate;
    this.#sweptBefore = this.#sweptAt;
    this.#sweptAt = now;
    this.#items.forEach((item) => {
      if (item.deadline <= due) item.onDeadline(now);
    });
  }

  /** Forgets every item. */
  close(): void {
    this.#items.clear();
    this.#stop();
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#clock.after(this.#resolution, () => {
      this.#sweepLater();
      this.sweep();
    });
  }

  #stop(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }
}

/**
 * The resolution that keeps each of some timeouts accurate to a tenth.
 *
 * @param timeouts Timeouts in milliseconds; those of 0 and `Infinity` do not count.
 * @returns Milliseconds between two sweeps, from 5 to 250.
 */
export function resolutionFor(timeouts: readonly number[]): number {
  const shortest = Math.min(...timeouts.filter((timeout) => timeout > 0));
  return Math.max(finest, Math.min(coarsest, shortest / 10));
}
