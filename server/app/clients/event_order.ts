/** The order of one client's events: one at a time, while the wire waits or goes on reading. */

/** A piece of work, which never throws and never rejects. */
export type Task = () => Promise<void> | void;

/** The client, as far as the order of its events depends on it. */
export interface OrderedClient {
  /** Whether its events are still handled; waiting events are dropped where not. */
  readonly connected: boolean;
}

/**
 * Events that may wait for their turn. A wire that can hold them back is held back at the half.
 *
 * @limit events: 1008
 */
const maxWaiting = 256;

/** Runs tasks one after the other. */
export class EventOrder {
  readonly #client: OrderedClient;
  /** Made for the first task that waits: those of most clients never do. */
  #waiting: Task[] | undefined;
  /** Settles when nothing runs and nothing waits any more. */
  #running: Promise<void> | undefined;
  /** The promise that the wire waits for before it goes on reading. */
  #held: PromiseWithResolvers<void> | undefined;

  constructor(client: OrderedClient) {
    this.#client = client;
  }

  /** Whether a task may run at once: {@linkcode EventOrder.begin} takes what it has returned. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Makes what comes next wait for work that has begun. */
  begin(work: Promise<void> | void): void {
    if (work !== undefined) this.#running = this.#finish(work);
  }

  /** Runs a task when its turn comes. Returns `false` where too many wait. */
  add(task: Task): boolean {
    const waiting = this.#waiting ??= [];
    if (waiting.length === maxWaiting) return false;
    waiting.push(task);
    return true;
  }

  /**
   * Tells what the wire has to wait for. A client that owes an answer must be read, as the handler
   * may wait for it: then events gather, up to half of what may wait.
   *
   * @param owes Whether it owes an answer.
   */
  hold(owes: boolean): Promise<void> | void {
    if (this.#running === undefined) return;
    if (owes && (this.#waiting?.length ?? 0) < maxWaiting / 2) return;
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
    this.#waiting = undefined;
  }

  async #finish(first: Promise<void>): Promise<void> {
    await first;
    for (let next; (next = this.#waiting?.shift()) !== undefined;) {
      if (this.#client.connected) await next();
    }
    this.#running = undefined;
    this.release();
  }
}
