/** Clients whose transport has ended and that may come back: what they were sent, and for how long. */

import type { Deadlines } from "../deadlines.ts";
import type { CloseInfo } from "../types.ts";
import type { EngineMessage } from "./engine_packet.ts";

/** How long, and with how much, a client may come back. */
export interface RecoveryOptions {
  /** Time in which a client may come back, in milliseconds. @default {120_000} */
  duration?: number;
  /** Events that are kept for one client. @default {500} */
  maxEvents?: number;
  /** Bytes of the events that are kept for one client. @default {262_144} */
  maxBytes?: number;
  /** Clients that are waited for; the one that has waited longest goes. @default {10_000} */
  maxSleepers?: number;
}

/** An event as it is sent to all who are sent it. */
export interface SentEvent {
  /** Names it in the client's request to come back. */
  readonly offset: string;
  readonly messages: readonly EngineMessage[];
}

/** The last events to one client. Others share the events: here are references. */
export class SentEvents {
  readonly #limits: Required<RecoveryOptions>;
  readonly #events: SentEvent[] = [];
  #bytes = 0;
  /** Whether it has forgotten any. */
  #isCut = false;

  constructor(limits: Required<RecoveryOptions>) {
    this.#limits = limits;
  }

  /** Remembers an event. */
  add(event: SentEvent): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
    const { maxEvents, maxBytes } = this.#limits;
    while (this.#events.length > maxEvents || this.#bytes > maxBytes) {
      const first = this.#events.shift();
      if (first === undefined) return;
      this.#bytes -= sizeOf(first);
      this.#isCut = true;
    }
  }

  /**
   * Tells what has followed an event.
   *
   * @param offset The last event that the client has got, if it has got any.
   * @returns `undefined` where that is not known any more.
   */
  since(offset: unknown): readonly SentEvent[] | undefined {
    if (offset === undefined) return this.#isCut ? undefined : this.#events;
    const at = this.#events.findLastIndex((event) => event.offset === offset);
    return at < 0 ? undefined : this.#events.slice(at + 1);
  }
}

function sizeOf({ messages }: SentEvent): number {
  return messages.reduce((size, message) => size + message.size, 0);
}

/** A client that may be waited for. */
export interface Sleeper {
  /** The events that it was sent. */
  readonly sent: SentEvents;
  /** The credentials that it has signed in by, so that nobody else comes back in its place. */
  readonly credentials: string;
  readonly namespace: string;
  /** It has not come back. */
  expire(close: CloseInfo): void;
  /** It comes back while its transport is thought to live: that one is given up. */
  abandon(): void;
}

/** Knows the clients of one server that are connected or waited for, by the secrets that they have. */
export class Recovery<S extends Sleeper> {
  readonly #options: Required<RecoveryOptions>;
  readonly #deadlines: Deadlines;
  readonly #known = new Map<string, S>();
  /** Those that are waited for, the longest first, each with what ends that. */
  readonly #sleeping = new Map<string, () => void>();

  constructor(options: Required<RecoveryOptions>, deadlines: Deadlines) {
    this.#options = options;
    this.#deadlines = deadlines;
  }

  /** How many are waited for. */
  get size(): number {
    return this.#sleeping.size;
  }

  /** Makes a memory for a client. */
  makeMemory(): SentEvents {
    return new SentEvents(this.#options);
  }

  /** Knows a client from now on. */
  add(pid: string, sleeper: S): void {
    this.#known.set(pid, sleeper);
  }

  /** Knows a client no more: it has left. */
  delete(pid: string): void {
    this.#wake(pid);
    this.#known.delete(pid);
  }

  /** Waits for a client. */
  sleep(pid: string, close: CloseInfo): void {
    const sleeper = this.#known.get(pid);
    if (sleeper === undefined) return;
    const expire = () => {
      this.delete(pid);
      sleeper.expire(close);
    };
    const stopTimer = this.#deadlines.after(this.#options.duration, expire);
    this.#sleeping.set(pid, () => stopTimer());
    if (this.#sleeping.size <= this.#options.maxSleepers) return;
    const [oldest = pid] = this.#sleeping.keys();
    const evicted = this.#known.get(oldest);
    this.delete(oldest);
    evicted?.expire(close);
  }

  /**
   * Finds a client that comes back, and takes it from the transport that it is thought to have.
   *
   * @param request What it presents, unchecked.
   * @returns The client and what it has missed; `undefined` where it cannot come back.
   */
  claim(
    request: { readonly pid: unknown; readonly offset: unknown },
    entrant: Pick<Sleeper, "credentials" | "namespace">,
  ): { readonly sleeper: S; readonly missed: readonly SentEvent[] } | undefined {
    const { pid, offset } = request;
    const sleeper = typeof pid === "string" ? this.#known.get(pid) : undefined;
    if (sleeper === undefined || sleeper.namespace !== entrant.namespace) return undefined;
    if (sleeper.credentials !== entrant.credentials) return undefined;
    const missed = sleeper.sent.since(offset);
    if (missed === undefined) return undefined;
    // The cast: it has found a client.
    if (!this.#wake(pid as string)) sleeper.abandon();
    return { sleeper, missed };
  }

  /** Nobody is waited for any more. */
  end(close: CloseInfo): void {
    for (const pid of [...this.#sleeping.keys()]) {
      const sleeper = this.#known.get(pid);
      this.delete(pid);
      sleeper?.expire(close);
    }
  }

  #wake(pid: string): boolean {
    this.#sleeping.get(pid)?.();
    return this.#sleeping.delete(pid);
  }
}
