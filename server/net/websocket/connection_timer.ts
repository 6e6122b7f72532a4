/** The deadlines of one connection: keepalive, slow handlers, slow peers, the closing handshake. */

import type { Protocol } from "../../../protocol/mod.ts";
import type { DeadlineItem } from "../../deadlines.ts";
import type { ConnectionContext } from "./connection_context.ts";
import { Keepalive } from "./keepalive.ts";
import type { SendQueue } from "./send_queue.ts";

/** After so long in a handler, what its peer sends is searched for pings. Milliseconds. */
const lookAheadAfter = 1_000;

/**
 * A peer that is still taking what waits may make the closing handshake so many times longer.
 *
 * @limit times closeTimeout: TCP is destroyed, and what still waits is lost
 */
const longestClosing = 12;

/** The action of a connection at a deadline. */
export type TimerAction = "ping" | "look ahead" | "slow message" | "slow consumer" | "disconnect";

/** The connection, as its timer sees it. */
export interface TimerOwner {
  readonly context: ConnectionContext;
  readonly protocol: Protocol;
  readonly queue: SendQueue;
  /** Whether a handler holds the reading back. */
  readonly awaitsHandler: boolean;
  /** Acts at a deadline. */
  due(action: TimerAction): void;
}

/** Decides when a connection must act. */
export class ConnectionTimer implements DeadlineItem {
  readonly #owner: TimerOwner;
  readonly keepalive: Keepalive;
  deadline: number;
  listIndex: number | undefined;
  /** The latest time at which the closing ends; `undefined` before it has begun. */
  #closingBound: number | undefined;

  constructor(owner: TimerOwner) {
    const { deadlines, options } = owner.context;
    this.#owner = owner;
    this.keepalive = new Keepalive(options, deadlines.now());
    this.deadline = this.keepalive.deadline;
    deadlines.add(this);
  }

  /** The present time, in milliseconds. */
  now(): number {
    return this.#owner.context.deadlines.now();
  }

  /** Stops: the socket is closed. */
  stop(): void {
    this.#owner.context.deadlines.delete(this);
  }

  // ----- Open -----

  /** A message has begun, and has not ended with the bytes of this read. */
  messageBegan(): void {
    if (this.#owner.protocol.state !== "open") return;
    this.keepalive.messageBegan(this.now());
    this.#notLaterThan(this.keepalive.deadline);
  }

  /** The read that waits now holds a large buffer: only bytes from the peer end it. */
  largeBufferHeld(): void {
    this.keepalive.probeWhenQuiet(this.now());
    this.#notLaterThan(this.keepalive.deadline);
  }

  /** A handler has not settled when its call returned. */
  handlerWaits(): void {
    if (this.#owner.protocol.state === "open") this.#notLaterThan(this.now() + lookAheadAfter);
  }

  /** The queue is full, and its peer is given time. */
  queueFull(): void {
    this.#notLaterThan(this.#owner.queue.deadline);
  }

  #notLaterThan(time: number): void {
    this.deadline = Math.min(this.deadline, time);
  }

  onDeadline(now: number): void {
    if (this.#owner.protocol.state !== "open") return this.#onClosingDeadline(now);
    const { awaitsHandler } = this.#owner;
    if (awaitsHandler) this.#owner.due("look ahead");
    const action = this.keepalive.check(now, awaitsHandler, this.#owner.queue.drainedBy);
    if (action === "disconnect" || action === "slow message") return this.#owner.due(action);
    if (action === "ping") this.#owner.due("ping");
    const isSlow = this.#owner.queue.findSlow(now);
    if (isSlow && this.#owner.context.options.onQueueFull === "close") {
      return this.#owner.due("slow consumer");
    }
    this.deadline = Math.min(this.keepalive.deadline, this.#owner.queue.deadline);
  }

  // ----- Closing -----

  /** The closing handshake has begun. */
  closing(): void {
    this.#setClosingDeadline(this.#owner.context.options.closeTimeout);
  }

  /** Our side of TCP is closed: the peer has so many milliseconds at most to close its own. */
  lingering(timeout: number): void {
    this.#setClosingDeadline(Math.min(timeout, this.#owner.context.options.closeTimeout));
  }

  /** A Close reaches the peer behind all that was written before, as a ping does. */
  #setClosingDeadline(timeout: number): void {
    const now = this.now();
    this.#closingBound ??= now + longestClosing * this.#owner.context.options.closeTimeout;
    this.deadline = Math.min(
      Math.max(now, this.#owner.queue.drainedBy) + timeout,
      this.#closingBound,
    );
  }

  #onClosingDeadline(now: number): void {
    const due = Math.min(this.#owner.queue.drainedBy, this.#closingBound ?? Infinity);
    if (now < due) this.deadline = due;
    else this.#owner.due("disconnect");
  }
}
