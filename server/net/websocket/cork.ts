/** Gathers what many connections send in one turn of the event loop, then writes once for each. */

import { Batch } from "./batch.ts";

/**
 * So many connections write in one turn of the event loop, and the next ones in the next. Deno runs
 * on tokio, which lets 128 reads and writes pass in a turn and takes the others up again the last
 * one first: where more of them are there in each turn, some wait for as long as that lasts.
 */
const mostInTurn = 112;

/** So many of those that have output at the same time: the rest is for those who come later. */
const mostTogether = 80;

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
  /** How many more may write before the turn that is awaited. */
  #room = mostInTurn;
  /** The next turn is awaited. */
  #asked = false;
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
    // Counted only where somebody is late: an echo need not ask for turns.
    if (!this.#asked) this.#room = mostInTurn;
    const end = Math.min(items.length, mostTogether, this.#room);
    this.#room -= end;
    for (let i = 0; i < end; i++) items[i]!.flush();
    for (let i = end; i < items.length; i++) this.#late.push(items[i]!);
    if (end < items.length) this.#askForTurn();
    items.length = 0;
    this.#spare = items;
  }

  #flushLate(): void {
    this.#asked = false;
    const end = Math.min(this.#late.length, this.#nextLate + mostTogether);
    this.#room = mostInTurn - (end - this.#nextLate);
    while (this.#nextLate < end) this.#late[this.#nextLate++]!.flush();
    if (end < this.#late.length) return this.#askForTurn();
    this.#late.length = 0;
    this.#nextLate = 0;
  }

  #askForTurn(): void {
    if (this.#asked) return;
    this.#asked = true;
    setImmediate(this.#flushNext);
  }
}
