/**
 * Clients whose transport has ended and that may come back: what they were sent, and for how long.
 */

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

/** A client that may resume its session after its transport has ended. */
export interface RecoverablePeer {
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

/** The connected and the suspended clients of one server, by their secrets. */
export class Recovery<S extends RecoverablePeer> {
  readonly #options: Required<RecoveryOptions>;
  readonly #deadlines: Deadlines;
  readonly #known = new Map<string, S>();
  /** Cancels the deadlines of suspended clients; the longest suspended comes first. */
  readonly #suspended = new Map<string, () => void>();

  constructor(options: Required<RecoveryOptions>, deadlines: Deadlines) {
    this.#options = options;
    this.#deadlines = deadlines;
  }

  /** How many clients are suspended. */
  get size(): number {
    return this.#suspended.size;
  }

  /** Makes a memory for a client. */
  makeMemory(): SentEvents {
    return new SentEvents(this.#options);
  }

  /** Knows a client from now on. */
  add(pid: string, peer: S): void {
    this.#known.set(pid, peer);
  }

  /** Knows a client no more: it has left. */
  delete(pid: string): void {
    this.#resume(pid);
    this.#known.delete(pid);
  }

  /** The transport of a client has ended: it may come back for a while. */
  suspend(pid: string, close: CloseInfo): void {
    const peer = this.#known.get(pid);
    if (peer === undefined) return;
    const expire = () => {
      this.delete(pid);
      peer.expire(close);
    };
    const stopTimer = this.#deadlines.after(this.#options.duration, expire);
    this.#suspended.set(pid, () => stopTimer());
    if (this.#suspended.size <= this.#options.maxSleepers) return;
    const [oldest = pid] = this.#suspended.keys();
    const evicted = this.#known.get(oldest);
    this.delete(oldest);
    evicted?.expire(close);
  }

  /**
   * Finds a client that comes back, and takes it from the transport that it is thought to have.
   *
   * @param request Its secret and offset, unchecked.
   * @returns The client and what it has missed; `undefined` where it cannot come back.
   */
  claim(
    request: { readonly pid: unknown; readonly offset: unknown },
    entrant: Pick<RecoverablePeer, "credentials" | "namespace">,
  ): { readonly peer: S; readonly missed: readonly SentEvent[] } | undefined {
    const { pid, offset } = request;
    const peer = typeof pid === "string" ? this.#known.get(pid) : undefined;
    if (peer === undefined || peer.namespace !== entrant.namespace) return undefined;
    if (peer.credentials !== entrant.credentials) return undefined;
    const missed = peer.sent.since(offset);
    if (missed === undefined) return undefined;
    // The cast: it has found a client.
    if (!this.#resume(pid as string)) peer.abandon();
    return { peer, missed };
  }

  /** Ends all suspended clients. */
  end(close: CloseInfo): void {
    for (const pid of [...this.#suspended.keys()]) {
      const peer = this.#known.get(pid);
      this.delete(pid);
      peer?.expire(close);
    }
  }

  #resume(pid: string): boolean {
    this.#suspended.get(pid)?.();
    return this.#suspended.delete(pid);
  }
}
