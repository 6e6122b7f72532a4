/** When to ping, and when a silent peer or an unfinished message has lasted too long. */

/** Timeouts of an open connection, in milliseconds; 0 turns one off. */
export interface KeepaliveOptions {
  /** Time between two pings. */
  pingInterval: number;
  /** Time after a ping in which something must arrive. */
  pingTimeout: number;
  /** Time that one message may take to arrive. */
  messageTimeout: number;
}

/** The action of a connection at a deadline. */
export type KeepaliveAction = "none" | "ping" | "disconnect" | "slow message";

/** Nothing has come for this long: a connection with a large read buffer is quiet. Milliseconds. */
const quietTime = 2_000;

/**
 * Output before a ping puts its answer off by so many times `pingTimeout`, and again only where
 * more was taken meanwhile.
 *
 * @limit times pingTimeout: 1006, unless the peer has taken more
 */
const longestWay = 6;

/** The timeouts of one open connection. Times are passed in; it reads no clock. */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  #pingDue: number;
  /** When something must have arrived since a ping; `undefined` while no ping is unanswered. */
  #answerDue: number | undefined;
  #hasReceived = false;
  #missed = false;
  /** When a slow reader had read what was written, at the last look. */
  #drainedBy = 0;
  /** When the present message must have ended; `undefined` between messages. */
  #messageDue: number | undefined;
  /** When to see whether the peer is quiet; `undefined` while that does not matter. */
  #quietDue: number | undefined;
  #isQuiet = false;
  #isProbed = false;

  constructor(options: KeepaliveOptions, now: number) {
    this.#options = options;
    this.#pingDue = now + (options.pingInterval || Infinity);
  }

  /** The next time at which {@linkcode Keepalive.check} wants to be called. */
  get deadline(): number {
    return Math.min(
      this.#pingDue,
      this.#answerDue ?? Infinity,
      this.#messageDue ?? Infinity,
      this.#quietDue ?? Infinity,
    );
  }

  /** Bytes have arrived. Any will do as the answer to a ping. */
  received(): void {
    this.#hasReceived = true;
    this.#isQuiet = false;
  }

  /**
   * Pings early once the peer is quiet: only bytes from it end the read that holds a large buffer.
   */
  probeWhenQuiet(now: number): void {
    if (this.#quietDue !== undefined || this.#options.pingInterval === 0) return;
    this.#quietDue = now + quietTime;
    this.#isQuiet = true;
    this.#isProbed = false;
  }

  /** Leaves a quiet peer alone. */
  stopProbing(): void {
    this.#quietDue = undefined;
  }

  /** A message has ended. */
  messageEnded(): void {
    this.#messageDue = undefined;
  }

  /** `true` where the beginning of a message should be reported. */
  get awaitsMessage(): boolean {
    return this.#messageDue === undefined && this.#options.messageTimeout > 0;
  }

  /** A message has begun and not ended. */
  messageBegan(now: number): void {
    this.#messageDue = now + this.#options.messageTimeout;
  }

  /**
   * Says what is due.
   *
   * @param paused Whether this side does not read: the peer's silence means nothing then.
   * @param drainedBy When a slow reader has read what the ping waits behind.
   */
  check(now: number, paused: boolean, drainedBy = 0): KeepaliveAction {
    if (paused) this.#extend(now);
    if (this.#hasReceived) this.#answerDue = undefined;
    if (isDue(this.#messageDue, now)) return "slow message";
    if (isDue(this.#answerDue, now) && drainedBy > Math.max(now, this.#drainedBy)) {
      this.#answerDue = this.#arrival(now, drainedBy);
    }
    if (isDue(this.#answerDue, now)) return this.#miss();
    if (isDue(this.#quietDue, now)) this.#probeQuiet(now);
    if (now < this.#pingDue) return "none";
    this.#pingDue = now + this.#options.pingInterval;
    if (this.#answerDue === undefined) this.#expectAnswer(this.#arrival(now, drainedBy));
    return "ping";
  }

  /** One ping for each time of quiet. */
  #probeQuiet(now: number): void {
    if (this.#isQuiet && !this.#isProbed) this.#pingDue = now;
    this.#isProbed = this.#isQuiet;
    this.#isQuiet = true;
    this.#quietDue = now + quietTime;
  }

  #extend(now: number): void {
    this.received();
    if (this.#messageDue !== undefined) this.messageBegan(now);
  }

  /** When a slow reader has read what is before a ping. */
  #arrival(now: number, drainedBy: number): number {
    this.#drainedBy = drainedBy;
    const latest = now + longestWay * this.#options.pingTimeout;
    return Math.min(Math.max(now, drainedBy), latest);
  }

  /** @param arrival When the ping reaches a slow reader. */
  #expectAnswer(arrival: number): void {
    this.#hasReceived = false;
    this.#missed = false;
    this.#answerDue = arrival + (this.#options.pingTimeout || Infinity);
  }

  /**
   * Dead only at the second look: where our own process stood still, the answer that has long been
   * here is read between the two.
   */
  #miss(): KeepaliveAction {
    if (this.#missed) return "disconnect";
    this.#missed = true;
    return "none";
  }
}

/**
 * Whether a time has come, if there is one. A time that is mostly absent is `undefined` then: V8
 * boxes a field that may be `Infinity`, for 16 bytes more.
 */
function isDue(time: number | undefined, now: number): boolean {
  return time !== undefined && now >= time;
}
