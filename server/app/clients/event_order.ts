/** The order of one client's events: one at a time, while the wire waits or goes on reading. */

/** A piece of work, which never throws and never rejects. */
export type Task = () => Promise<void> | void;

/** The functions that the order depends on. */
export interface EventOrderContext {
  /** Whether the client owes an answer, for which it must be heard. */
  owes(): boolean;
  /** Whether the client may still be heard; what waits is dropped where not. */
  isHeard(): boolean;
  /** More waits than may. */
  overflowed(): void;
}

/**
 * Events that may wait for their turn. A wire that can hold them back is held back at the half.
 *
 * @limit events: 1008
 */
const maxWaiting = 256;

/** Runs tasks one after the other. */
export class EventOrder {
  readonly #context: EventOrderContext;
  readonly #waiting: Task[] = [];
  /** Settles when nothing runs and nothing waits any more. */
  #running: Promise<void> | undefined;
  /** The promise that the wire waits for before it goes on reading. */
  #held: PromiseWithResolvers<void> | undefined;

  constructor(context: EventOrderContext) {
    this.#context = context;
  }

  /** Whether a task may run at once: {@linkcode EventOrder.begin} takes what it has returned. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Makes what comes next wait for work that has begun. */
  begin(work: Promise<void> | void): void {
    if (work !== undefined) this.#running = this.#finish(work);
  }

  /** Runs a task when its turn comes. */
  add(task: Task): void {
    if (this.#waiting.length < maxWaiting) this.#waiting.push(task);
    else this.#context.overflowed();
  }

  /**
   * Tells what the wire has to wait for. A client that owes an answer must be heard, as the handler
   * may wait for it: then events gather, up to half of what may wait.
   */
  hold(): Promise<void> | void {
    if (this.#running === undefined) return;
    if (this.#context.owes() && this.#waiting.length < maxWaiting / 2) return;
    this.#held ??= Promise.withResolvers();
    return this.#held.promise;
  }

  /** Lets the wire go on reading. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Drops what waits. */
  clear(): void {
    this.#waiting.length = 0;
  }

  async #finish(first: Promise<void>): Promise<void> {
    await first;
    for (let next; (next = this.#waiting.shift()) !== undefined;) {
      if (this.#context.isHeard()) await next();
    }
    this.#running = undefined;
    this.release();
  }
}
