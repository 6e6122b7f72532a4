/** The time and the bytes for which a peer's queue may stay above `maxQueuedBytes`. */

/** How much may wait for one peer; options of `serve`. */
export interface QueueLimits {
  /** Bytes beyond which `send` says `"queued"`. */
  readonly highWaterMark: number;
  /** Bytes beyond which the queue is full. */
  readonly maxQueuedBytes: number;
  /** Milliseconds in which a peer whose queue is full must take something. */
  readonly slowTimeout: number;
  /** The answer where it does not. */
  readonly onQueueFull: "close" | "drop";
}

/**
 * A full queue may grow by this many times `maxQueuedBytes` while its peer is given time.
 *
 * @limit times maxQueuedBytes: 1013, or the message is dropped
 */
const burstFactor = 16;

/** Milliseconds until the second look. */
const secondLook = 250;

/**
 * The time of one queue from when it was full until it is empty. The length of a queue alone says
 * nothing of its peer: it may have been filled in one turn of the event loop, before the kernel was
 * offered a byte. A peer is slow when it had time and has taken nothing. Where messages are dropped
 * instead, the time is short, and ends even if the peer has taken some.
 *
 * Until then the queue may grow: the kernel tells only in the next turn of the event loop what it has
 * taken, and a path with a long round trip takes a burst in seconds. 16 MiB are three times what 20
 * clients may send to a room at once. Without a bound, one handler, or one peer that reads a byte a
 * second, could fill the memory.
 *
 * No verdict is given at the first look: where our own process stood still, what the peer has taken
 * meanwhile is known only at the second.
 */
export class SlowPeerDetector {
  readonly #timeout: number;
  readonly #drops: boolean;
  readonly #bound: number;
  #taken: number;
  #doubted = false;
  #isSlow = false;
  #deadline: number;

  /**
   * @param queued Bytes that wait, one message that was too long by itself among them.
   * @param taken Bytes that the peer has ever taken.
   * @param now Milliseconds.
   */
  constructor(limits: QueueLimits, queued: number, taken: number, now: number) {
    this.#drops = limits.onQueueFull === "drop";
    this.#timeout = this.#drops ? 0 : limits.slowTimeout;
    this.#bound = queued + burstFactor * limits.maxQueuedBytes;
    this.#taken = taken;
    this.#deadline = now + this.#timeout;
  }

  /** When to look at the peer; `Infinity` once nothing is to be found out any more. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Tells whether one more message may wait behind so many bytes. */
  admits(queued: number): boolean {
    return !this.#isSlow && queued <= this.#bound;
  }

  /** Looks at the peer, as its queue is still full. Returns `true` where the peer is slow. */
  look(taken: number, now: number): boolean {
    const hasRead = taken !== this.#taken && !this.#drops;
    this.#taken = taken;
    this.#isSlow = this.#doubted && !hasRead;
    this.#doubted = !hasRead;
    if (this.#isSlow) this.#deadline = Infinity;
    else this.#deadline = now + (hasRead ? this.#timeout : secondLook);
    return this.#isSlow;
  }
}
