/** Gathers what many connections send in one turn of the event loop, then writes once for each. */

import { Batch } from "./batch.ts";

/** Something with output to write at the end of the turn. */
export interface Corked {
  /** Writes what has gathered. */
  flush(): void;
}

/**
 * Collects connections with output. The reads that are ready in one turn of the event loop are all
 * dispatched before the flush, which runs as a microtask: a broadcast of k messages to n members is
 * n writes, not k times n.
 */
export class Cork {
  #waiting: Corked[] = [];
  #spare: Corked[] = [];
  #emptyBatch: Batch | undefined;
  readonly #flush = (): void => this.#flushAll();

  /** Where every batch of this turn begins. */
  get emptyBatch(): Batch {
    return this.#emptyBatch ??= new Batch();
  }

  /** Takes note of a connection that has output from now on. */
  add(item: Corked): void {
    if (this.#waiting.push(item) === 1) queueMicrotask(this.#flush);
  }

  #flushAll(): void {
    const items = this.#waiting;
    this.#waiting = this.#spare;
    this.#emptyBatch = undefined;
    for (const item of items) item.flush();
    items.length = 0;
    this.#spare = items;
  }
}
