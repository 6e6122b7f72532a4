/** The topics that this node follows: those of rooms and users that have clients here. */

import type { Clock } from "../../clock.ts";
import type { BrokerLink, Topic } from "./broker.ts";

/**
 * How long a topic is followed on without clients, as many come back soon.
 *
 * @limit ms: it is not followed any more; at once with the default broker
 */
const linger = 10_000;

/**
 * Topics that are followed on without clients.
 *
 * @limit topics: one more, and the one without clients for longest is not followed any more
 */
const maxIdle = 10_000;

/** Follows topics while they are needed, and a little longer. */
export class Following {
  readonly #link: BrokerLink;
  readonly #clock: Clock;
  readonly #ended: (topic: Topic) => void;
  /** When topics without clients are given up, the first one first. */
  readonly #idle = new Map<Topic, number>();
  #stopTimer: (() => void) | undefined;

  /** @param ended A topic is not followed any more. */
  constructor(link: BrokerLink, clock: Clock, ended: (topic: Topic) => void) {
    this.#link = link;
    this.#clock = clock;
    this.#ended = ended;
  }

  /** How many topics are followed on without clients. */
  get idle(): number {
    return this.#idle.size;
  }

  /** Follows a topic; see {@linkcode BrokerLink.follow}. */
  follow(topic: Topic): Promise<void> {
    this.keep(topic);
    return this.#link.follow(topic);
  }

  /** A topic that is followed has clients again. */
  keep(topic: Topic): void {
    if (this.#idle.delete(topic)) this.#wait();
  }

  /** A topic has no clients any more. */
  release(topic: Topic): void {
    // Where there is no other node, following costs nothing, and so nothing is gained by waiting.
    if (this.#link.isAlone) return this.#end(topic);
    this.#idle.set(topic, this.#clock.now() + linger);
    const [oldest] = this.#idle.keys();
    if (this.#idle.size > maxIdle && oldest !== undefined) this.#end(oldest);
    this.#wait();
  }

  /** Gives up all topics that have no clients. */
  close(): void {
    for (const topic of this.#idle.keys()) this.#end(topic);
    this.#wait();
  }

  #end(topic: Topic): void {
    this.#idle.delete(topic);
    this.#link.unfollow(topic);
    this.#ended(topic);
  }

  /** Waits for the first of the topics, if there is one. */
  #wait(): void {
    const [first] = this.#idle.values();
    if (first === undefined) {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
      return;
    }
    this.#stopTimer ??= this.#clock.after(Math.max(0, first - this.#clock.now()), () => {
      this.#stopTimer = undefined;
      this.#endDue();
    });
  }

  #endDue(): void {
    const now = this.#clock.now();
    for (const [topic, until] of this.#idle) {
      if (until > now) break;
      this.#end(topic);
    }
    this.#wait();
  }
}
