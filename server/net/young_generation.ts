/** Makes V8 give back the memory that it has set aside while many connections opened. */

/** With fewer open connections, what is set aside is left to V8. */
const manyConnections = 1000;

/** Milliseconds between two looks at the heap. */
const lookInterval = 1_000;

/**
 * With less than this the server has nothing to do. V8 shrinks its young generation in a collection
 * while less than 1,000 are allocated, by its average of the last seconds. Bytes a millisecond.
 */
const lowRate = 3000;

/** Less that is set aside is not worth a collection. Bytes. */
const leastSlack = 2 ** 23;

/**
 * That average halves in a second, and changes in a collection alone. So the first one after busy
 * times finds a high rate, and one of the others a low one: after a storm the fourth.
 */
const collectInterval = 3_000;

/** After so many in a row, or as soon as one has had its effect, none is caused for a minute. */
const mostCollections = 5;
const restTime = 60_000;

/**
 * V8 collects the young generation before it makes a buffer, where the buffers of young objects
 * have 64 MiB. Nothing is written to these, so they take no memory; allocators take them from the
 * system, and give them back, by themselves from 32 MiB on.
 */
const bufferSize = 40 * 2 ** 20;

/** The numbers of `Deno.memoryUsage` that are looked at. */
export type HeapUsage = Pick<Deno.MemoryUsage, "heapTotal" | "heapUsed">;

/** The parts of {@linkcode YoungGeneration}. */
export interface YoungGenerationContext {
  readonly deadlines: {
    /** A clock in milliseconds that never jumps. */
    now(): number;
    /** Calls a function once, after so many milliseconds. */
    after(delay: number, run: () => void): unknown;
  };
  /** How many connections are open. */
  readonly connections: () => number;
  /**
   * Reads the numbers of the heap.
   *
   * @default {Deno.memoryUsage}
   */
  readonly usage?: () => HeapUsage;
  /**
   * Collects young objects.
   *
   * @default {collectYoung}
   */
  readonly collect?: () => void;
}

/**
 * V8's young generation doubles while much of what is allocated stays, as when thousands connect:
 * to 64 MiB, which stay set aside for minutes. It shrinks in a collection that comes while little is
 * allocated, and none comes then. So the heap is looked at as long as many connections are open, and
 * a collection is caused where nothing happens and much is set aside.
 */
export class YoungGeneration {
  readonly #deadlines: YoungGenerationContext["deadlines"];
  readonly #connections: () => number;
  readonly #usage: () => HeapUsage;
  readonly #collect: () => void;
  #watching = false;
  #usedBefore = 0;
  #lookedAt = 0;
  #collections = 0;
  /** The earliest time of the next collection. */
  #notBefore = 0;

  constructor(context: YoungGenerationContext) {
    this.#deadlines = context.deadlines;
    this.#connections = context.connections;
    this.#usage = context.usage ?? Deno.memoryUsage;
    this.#collect = context.collect ?? collectYoung;
  }

  /** A connection has opened. */
  opened(): void {
    if (this.#watching || this.#connections() < manyConnections) return;
    this.#watching = true;
    this.#usedBefore = this.#usage().heapUsed;
    this.#lookLater();
  }

  #lookLater(): void {
    this.#lookedAt = this.#deadlines.now();
    this.#deadlines.after(lookInterval, () => this.#look());
  }

  #look(): void {
    this.#watching = this.#connections() >= manyConnections;
    if (!this.#watching) return;
    const { heapTotal, heapUsed } = this.#usage();
    const now = this.#deadlines.now();
    const rate = (heapUsed - this.#usedBefore) / (now - this.#lookedAt);
    this.#usedBefore = heapUsed;
    if (heapTotal - heapUsed < leastSlack) {
      if (this.#collections > 0) this.#rest(now);
      // Less is used where V8 has collected by itself: then much was allocated.
    } else if (rate < 0 || rate >= lowRate) {
      this.#collections = 0;
    } else if (now >= this.#notBefore) {
      this.#collectAt(now);
    }
    this.#lookLater();
  }

  #rest(now: number): void {
    this.#collections = 0;
    this.#notBefore = now + restTime;
  }

  #collectAt(now: number): void {
    this.#collections++;
    this.#notBefore = now + collectInterval;
    if (this.#collections === mostCollections) this.#rest(now);
    this.#collect();
    this.#usedBefore = this.#usage().heapUsed;
  }
}

/** Makes V8 collect its young objects; does nothing where it has no such rule. */
export function collectYoung(): void {
  try {
    for (const size of [bufferSize, bufferSize, 1]) new ArrayBuffer(size);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a buffer finds no free addresses
  }
}
