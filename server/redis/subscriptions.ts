/** The channels that this node subscribes to, over all reconnections. */

import { isRefusal, type RedisClient } from "./connection.ts";

/** The functions that subscriptions call. None of these throws. */
export interface SubscriptionsContext {
  /** Milliseconds after which who waits for a subscription is told that it takes longer. */
  readonly timeout: number;
  /** The connection, while there is one. */
  client(): RedisClient | undefined;
  received(channel: string, message: string): void;
  /** Redis refuses a subscription. */
  refused(error: unknown): void;
  unavailable(): Error;
}

/** A channel that is wanted. */
interface Wanted {
  /** Resolves when it is subscribed; rejects where it cannot be. */
  ready: PromiseWithResolvers<void>;
  isReady: boolean;
  /** Whether it was asked for on this connection. */
  isAsked: boolean;
  /**
   * Whether Redis has refused it: it is asked for again when somebody wants it, and now and then.
   */
  isRefused: boolean;
}

/** Subscribes in batches, and again after each cut. */
export class Subscriptions {
  readonly #context: SubscriptionsContext;
  readonly #wanted = new Map<string, Wanted>();
  readonly #unwanted = new Set<string>();
  readonly #listen = (message: string, channel: string) => {
    if (this.#wanted.has(channel)) this.#context.received(channel, message);
  };
  #isFlushing = false;
  #isClosed = false;

  constructor(context: SubscriptionsContext) {
    this.#context = context;
  }

  /** How many are wanted. */
  get size(): number {
    return this.#wanted.size;
  }

  /** Resolves when what is sent to a channel comes here. Rejects where this takes too long. */
  async add(channel: string): Promise<void> {
    if (this.#isClosed) throw this.#context.unavailable();
    let wanted = this.#wanted.get(channel);
    if (wanted === undefined) {
      wanted = { ready: expectation(), isReady: false, isAsked: false, isRefused: false };
      this.#wanted.set(channel, wanted);
      this.#flushSoon();
    } else if (wanted.isRefused) {
      this.#expect(wanted);
      this.#flushSoon();
    }
    if (wanted.isReady) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), this.#context.timeout);
    });
    const ready = wanted.ready.promise.then(() => false);
    const isLate = await Promise.race([ready, late]).finally(() => clearTimeout(timer));
    if (isLate) throw this.#context.unavailable();
  }

  /** A channel is not wanted any more. */
  delete(channel: string): void {
    const wanted = this.#wanted.get(channel);
    if (wanted === undefined) return;
    this.#wanted.delete(channel);
    wanted.ready.resolve(); // nobody is to wait for it
    if (!wanted.isAsked) return;
    this.#unwanted.add(channel);
    this.#flushSoon();
  }

  /** There is a new connection, without subscriptions yet. */
  restart(): void {
    this.#unwanted.clear();
    for (const wanted of this.#wanted.values()) {
      if (wanted.isReady || wanted.isRefused) this.#expect(wanted);
      wanted.isReady = false;
      wanted.isAsked = false;
    }
    this.#flush();
  }

  /** Asks again for what was refused. */
  retry(): void {
    for (const wanted of this.#wanted.values()) if (wanted.isRefused) this.#expect(wanted);
    this.#flush();
  }

  #expect(wanted: Wanted): void {
    wanted.ready = expectation();
    wanted.isRefused = false;
  }

  /** Ends the waiting for pending subscriptions. */
  close(): void {
    this.#isClosed = true;
    for (const { ready } of this.#wanted.values()) ready.reject(this.#context.unavailable());
  }

  /** Resolves when all wanted channels are subscribed, or the time is over. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#wanted.keys()].map((channel) => this.add(channel)));
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const client = this.#context.client();
    if (client === undefined) return;
    const unwanted = [...this.#unwanted].filter((channel) => !this.#wanted.has(channel));
    this.#unwanted.clear();
    // A failure here is one of the connection.
    if (unwanted.length > 0) client.unsubscribe(unwanted, this.#listen).catch(() => {});
    const asked = [...this.#wanted].filter(([, each]) => !each.isAsked && !each.isRefused);
    if (asked.length === 0) return;
    this.#subscribe(client, asked).catch((error) => {
      // Otherwise the connection is lost, and they are asked for on the next one.
      if (isRefusal(error) && this.#context.client() === client) this.#refuse(asked, error);
    });
  }

  #refuse(asked: readonly [string, Wanted][], error: unknown): void {
    for (const [, wanted] of asked) {
      wanted.ready.reject(error);
      wanted.isAsked = false;
      wanted.isRefused = true;
    }
    this.#context.refused(error);
  }

  async #subscribe(client: RedisClient, asked: readonly [string, Wanted][]): Promise<void> {
    for (const [, wanted] of asked) wanted.isAsked = true;
    await client.subscribe(asked.map(([channel]) => channel), this.#listen);
    if (this.#context.client() !== client) return;
    for (const [, wanted] of asked) {
      wanted.isReady = true;
      wanted.ready.resolve();
    }
  }
}

/** Makes a promise that nobody need wait for. */
function expectation(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => {});
  return made;
}
