/** Gives each connection its share of a turn of the event loop. */

import { LoopTurn } from "./loop_turn.ts";

/**
 * Work in one turn of the event loop, in milliseconds of processor time.
 *
 * @limit ms: work for a peer continues in a later turn, behind others
 */
const turnTime = 5;

/** A rest of less than this counts as none. Milliseconds. */
const littleTime = 0.5;

/** Pieces shrink where a turn took so much longer than it may. Milliseconds. */
const longOvershoot = 2.5;

/** Sizes of pieces, in the units of work of `ProtocolHandler.worked`. */
const leastPiece = 4;
const mostPiece = 256;
/** By so much pieces grow where they were small enough. */
const pieceStep = 4;

/**
 * Reads of different connections between two looks at the clock: a piece divided by this. Each read
 * counts as so much work, with any handler.
 */
const readWork = 16;

/** So many promises are between a read and its answer, at the most. */
const longestChain = 4;

/** The parts of {@linkcode Turns}. */
export interface TurnsOptions {
  /**
   * A clock in milliseconds.
   *
   * @default {performance.now}
   */
  now?: () => number;
  /**
   * Processor time of this process in milliseconds.
   *
   * @default {process.cpuUsage}
   */
  cpu?: () => number;
  /** How to wait for a turn of the event loop. */
  loop?: Pick<LoopTurn, "next" | "close">;
}

/**
 * A read that is ready resolves at once, so a peer that sends without pause would be served alone
 * for as long as it does. Each connection therefore checks the clock after each piece of work, by
 * `over`; when the turn is over it waits by `next`, behind all that wait already. They continue in
 * their order after a whole turn of the event loop, until that one is over, too.
 *
 * While all keep within their turns, only the clock is read: whether the loop has turned meanwhile,
 * which it mostly has, is checked after each `turnTime`.
 */
export class Turns {
  readonly #now: () => number;
  readonly #cpu: () => number;
  readonly #loop: Pick<LoopTurn, "next" | "close">;
  /** Resumes those that wait, in their order. */
  #waiting: (() => void)[] = [];
  /** A turn of the loop is awaited. */
  #asked = false;
  #turning: Promise<void> | undefined;
  readonly #onTurn = (): Promise<void> => this.#turned();
  /** The turn is not over before this time. */
  #due = 0;
  /**
   * Processor time when the turn began, as far as is known; nobody has worked where it is missing.
   */
  #cpuAtStart: number | undefined;
  #isOver = false;
  /** Reads until the next look at the clock. */
  #readsLeft = mostPiece / readWork;
  /** How much work may be done between two looks at the clock; it follows what work costs. */
  piece = mostPiece;

  constructor(options: TurnsOptions = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#cpu = options.cpu ?? cpuTime;
    this.#loop = options.loop ?? new LoopTurn();
  }

  /** Checks the clock. Returns `true` where the caller should wait by `next`. */
  over(): boolean {
    const now = this.#now();
    if (now < this.#due) return false;
    return this.#isOver ||= this.#isDue(now);
  }

  /**
   * Counts what one read has brought, before it is handled: hundreds of connections that send one
   * message each take a turn together, too. Returns `true` where the caller should wait by `next`.
   */
  overAtRead(): boolean {
    if (this.#isOver) return true;
    if (--this.#readsLeft > 0) return false;
    const isOver = this.over();
    this.#readsLeft = Math.max(1, Math.floor(this.piece / readWork));
    return isOver;
  }

  /** Waits behind all that wait already, for a later turn of the loop. */
  next(): Promise<void> {
    if (!this.#asked) this.#ask();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resumes all that wait. Resolves when the resources for waiting are closed. */
  async close(): Promise<void> {
    this.#loop.close();
    await this.#turning;
  }

  /** On a busy machine most of the time may have been that of other processes. */
  #isDue(now: number): boolean {
    if (this.#cpuAtStart === undefined) {
      this.#start();
      return false;
    }
    const spent = this.#cpu() - this.#cpuAtStart;
    const left = turnTime - spent;
    if (left > littleTime) {
      this.#due = now + left;
      return false;
    }
    this.#adapt(Math.min(-left, now - this.#due));
    if (this.#asked) return true;
    this.#ask();
    return false;
  }

  #adapt(overshoot: number): void {
    this.piece = overshoot > longOvershoot
      ? Math.max(leastPiece, this.piece >> 1)
      : Math.min(mostPiece, this.piece + pieceStep);
  }

  #ask(): void {
    this.#asked = true;
    this.#start();
    this.#turning = this.#loop.next(this.#onTurn);
  }

  #start(): void {
    this.#isOver = false;
    this.#due = this.#now() + turnTime;
    this.#cpuAtStart = this.#cpu();
  }

  async #turned(): Promise<void> {
    const waiting = this.#waiting;
    this.#asked = false;
    if (waiting.length === 0) return this.#start();
    this.#waiting = [];
    this.#ask();
    let count = 0;
    for (const goOn of waiting) {
      // Other sockets that became ready in this turn go first, and the previous reader does its work.
      for (let i = 0; i < longestChain; i++) await undefined;
      if (count > 0 && this.over()) break;
      goOn();
      count++;
    }
    this.#waiting = [...waiting.slice(count), ...this.#waiting];
  }
}

/**
 * By the global: Deno loads it at its first use, and an import would cost 15 ms of CPU at the
 * start.
 */
function cpuTime(): number {
  const { process } = globalThis;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
