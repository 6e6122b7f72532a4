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

/** What the connection must do at a deadline. */
export type KeepaliveAction = "none" | "ping" | "dead" | "message timeout";

/** Keeps the time of one open connection. It never looks at a clock itself. */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  /** When to ping next, or to give up if a ping is out. */
  #due: number;
  #pinged = false;
  #heard = false;
  /** When the present message must have ended; `Infinity` between messages. */
  #messageDue = Infinity;

  constructor(options: KeepaliveOptions, now: number) {
    this.#options = options;
    this.#due = now + (options.pingInterval || Infinity);
  }

  /** The next time at which {@linkcode Keepalive.check} wants to be called. */
  get deadline(): number {
    return Math.min(this.#due, this.#messageDue);
  }

  /** Bytes have arrived. */
  heard(): void {
    this.#heard = true;
  }

  /** A message has ended. */
  messageEnded(): void {
    this.#messageDue = Infinity;
  }

  /** `true` where the beginning of a message should be reported. */
  get awaitsMessage(): boolean {
    return this.#messageDue === Infinity && this.#options.messageTimeout > 0;
  }

  /** A message has begun and not ended. */
  messageBegan(now: number): void {
    this.#messageDue = now + this.#options.messageTimeout;
  }

  /**
   * Says what is due.
   *
   * @param paused Whether it is us who do not read: a peer is not to blame for its silence then.
   */
  check(now: number, paused: boolean): KeepaliveAction {
    if (paused) return this.#postpone(now);
    if (now >= this.#messageDue) return "message timeout";
    if (now < this.#due) return "none";
    const { pingInterval, pingTimeout } = this.#options;
    if (this.#pinged && pingTimeout > 0 && !this.#heard) return "dead";
    if (this.#pinged && pingInterval > pingTimeout) {
      this.#pinged = false;
      this.#due = now + pingInterval - pingTimeout;
      return "none";
    }
    this.#pinged = true;
    this.#heard = false;
    this.#due = now + (pingTimeout || pingInterval);
    return "ping";
  }

  #postpone(now: number): KeepaliveAction {
    this.#heard = true;
    if (this.#messageDue !== Infinity) this.messageBegan(now);
    if (now >= this.#due) this.#due = now + this.#options.pingInterval;
    return "none";
  }
}
