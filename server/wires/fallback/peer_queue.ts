/** The queue of one client of the HTTP wires, with its limits. */

import { closeOf, Closes } from "../../../wire/close_code.ts";
import type { Clock } from "../../clock.ts";
import { type QueueLimits, SlowPeerDetector } from "../../slow_peer_detector.ts";
import type { Memory, MemoryAccount, SendResult } from "../../types.ts";
import type { FallbackTransport, SessionEnd } from "./fallback_transport.ts";
import type { QueuedEvent } from "./queued_event.ts";

/** How much may wait for a client, and what its time goes by. */
export interface QueueSettings {
  /** The same options as for WebSocket. */
  readonly limits: QueueLimits;
  readonly clock: Clock;
  /** Counts what waits for all clients. */
  readonly memory: Memory;
}

/** Up to so many bytes are not counted against the memory of all clients. */
const uncounted = 1_024;

/** The transport behind a queue. */
type QueueTransport<Event> =
  & Pick<FallbackTransport, "queuedBytes" | "heldBytes" | "takenBytes" | "taken">
  & { push(event: Event): void };

/** Stands before an transport. */
export class PeerQueue<Event = QueuedEvent> {
  readonly #transport: QueueTransport<Event>;
  readonly #settings: QueueSettings;
  readonly #end: (end: SessionEnd) => void;
  /** Present since the queue was full, until it is not. */
  #slowPeer: SlowPeerDetector | undefined;
  #stopLooking: () => void = () => {};
  #account: MemoryAccount | undefined;
  #emptied: PromiseWithResolvers<void> | undefined;

  /** @param end Called when too much waits: the client is to be sent away. */
  constructor(
    transport: QueueTransport<Event>,
    settings: QueueSettings,
    end: (end: SessionEnd) => void,
  ) {
    this.#transport = transport;
    this.#settings = settings;
    this.#end = end;
    transport.taken = () => this.#taken();
  }

  /** Whether more waits than the high-water mark. */
  get congested(): boolean {
    return this.#transport.queuedBytes > this.#settings.limits.highWaterMark;
  }

  /** Sends an event, unless the client is too slow. */
  push(event: Event): SendResult {
    if (this.#isFull && !this.#admits()) {
      if (this.#settings.limits.onQueueFull === "close") this.#failSlow();
      return "dropped";
    }
    this.#transport.push(event);
    this.#countMemory();
    return this.congested ? "queued" : "sent";
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#stopLooking();
    this.#countMemory();
    this.#emptied?.resolve();
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.#transport.queuedBytes === 0) return Promise.resolve();
    this.#emptied ??= Promise.withResolvers();
    return this.#emptied.promise;
  }

  #taken(): void {
    this.#countMemory();
    if (this.#transport.queuedBytes > 0) return;
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }

  // ----- A full queue -----

  get #isFull(): boolean {
    return this.#transport.queuedBytes > this.#settings.limits.maxQueuedBytes;
  }

  /** The queue is full, which says nothing of the client before it had time to read. */
  #admits(): boolean {
    const { queuedBytes, takenBytes } = this.#transport;
    const { limits, clock } = this.#settings;
    if (this.#slowPeer === undefined) {
      this.#slowPeer = new SlowPeerDetector(limits, queuedBytes, takenBytes, clock.now());
      this.#lookLater(this.#slowPeer);
    }
    return this.#slowPeer.admits(queuedBytes);
  }

  #lookLater(slowPeer: SlowPeerDetector): void {
    if (slowPeer.deadline === Infinity) return;
    const { clock } = this.#settings;
    const delay = Math.max(0, slowPeer.deadline - clock.now());
    this.#stopLooking = clock.after(delay, () => this.#look(slowPeer));
  }

  #look(slowPeer: SlowPeerDetector): void {
    const { limits, clock } = this.#settings;
    if (!this.#isFull) this.#slowPeer = undefined;
    else if (!slowPeer.look(this.#transport.takenBytes, clock.now())) this.#lookLater(slowPeer);
    else if (limits.onQueueFull === "close") this.#failSlow();
  }

  #failSlow(): void {
    this.#end(closeOf(Closes.slowConsumer));
  }

  // ----- The memory of all clients -----

  #countMemory(): void {
    const { heldBytes, queuedBytes } = this.#transport;
    if (this.#account === undefined && queuedBytes <= uncounted) return;
    this.#account ??= this.#settings.memory.open({
      evict: () => this.#end(closeOf(Closes.shortOfMemory)),
    });
    this.#account.bytes = heldBytes;
    this.#account.sharedBytes = Math.max(0, queuedBytes - heldBytes);
  }
}
