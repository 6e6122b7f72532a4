/** Gathers what many connections send in one turn of the event loop, then writes once for each. */

import { Batch } from "./batch.ts";

/**
 * So many connections write in one turn of the event loop, and the next ones in the next. The writes
 * of a turn end after it, together: of 5,000 at once each costs half as much again, as by then their
 * promises have outlived collections and the first connections have left the caches.
 */
const mostInTurn = 512;

/** Something with output to write at the end of the turn. */
export interface Corked {
  /** Writes what has gathered. */
  flush(): void;
}

/**
 * Collects connections with output. The reads that are ready in one turn of the event loop are all
 * dispatched before the flush, which runs as a microtask: a broadcast of k messages to n members is
 * n writes, not k times n. Where more than {@linkcode mostInTurn} have output, the others write in
 * the turns that follow, and take along what they are sent meanwhile.
 */
export class Cork {
  #waiting: Corked[] = [];
  #spare: Corked[] = [];
  #emptyBatch: Batch | undefined;
  /** Those who write in a later turn, from `#nextLate` on. */
  readonly #late: Corked[] = [];
  #nextLate = 0;
  readonly #flush = (): void => this.#flushWaiting();
  readonly #flushNext = (): void => this.#flushLate();

  /** Where every batch of this turn begins. */
  get emptyBatch(): Batch {
    return this.#emptyBatch ??= new Batch();
  }

  /** Takes note of a connection that has output from now on. */
  add(item: Corked): void {
    if (this.#waiting.push(item) === 1) queueMicrotask(this.#flush);
  }

  #flushWaiting(): void {
    const items = this.#waiting;
    this.#waiting = this.#spare;
    this.#emptyBatch = undefined;
    const end = Math.min(items.length, mostInTurn);
    for (let i = 0; i < end; i++) items[i]!.flush();
    if (end < items.length) {
      if (this.#late.length === 0) setImmediate(this.#flushNext);
      for (let i = end; i < items.length; i++) this.#late.push(items[i]!);
    }
    items.length = 0;
    this.#spare = items;
  }

  #flushLate(): void {
    const end = Math.min(this.#late.length, this.#nextLate + mostInTurn);
    while (this.#nextLate < end) this.#late[this.#nextLate++]!.flush();
    if (end < this.#late.length) return void setImmediate(this.#flushNext);
    this.#late.length = 0;
    this.#nextLate = 0;
  }
}
