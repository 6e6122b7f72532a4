/** Attempts to authenticate, by address: failures cost time, and the work for them is bounded. */

import type { Clock } from "../../clock.ts";
import { networkOf } from "../../address.ts";
import { RecentlyUsed } from "../limits/recently_used.ts";
import { TokenBucket } from "../limits/token_bucket.ts";

/**
 * Addresses that are remembered; beyond it those that tried least recently are forgotten.
 *
 * @limit addresses: the one that tried least recently is forgotten
 */
const maxAddresses = 10_000;

/**
 * How late a failure is answered once too many have been.
 *
 * @limit ms: it is answered
 */
const lateness = 2_000;

/**
 * How long an attempt may wait for its verification, in milliseconds.
 *
 * @limit ms: 429, or 1013 for an `auth` message
 */
const maxWait = 5_000;

/** Attempts of one address that may wait. @limit attempts: 429, or 1013 for an `auth` message */
const maxWaiting = 10_000;

/** Limits of one address. */
export interface AttemptLimits {
  /** Failures that are answered at once, per minute; 0 is any number. */
  readonly maxFailures: number;
  /** Verifications per second, while they fail. */
  readonly maxRate: number;
}

/** The outcome of a verification. */
export type Attempt = "accepted" | "refused" | "undecided";

/** An attempt that is yet to be verified. */
interface Waiting {
  readonly until: number;
  /** Whether it may be verified now, or has waited too long. */
  readonly resolve: (mayVerify: boolean) => void;
}

/** One address. */
interface Source {
  /** Failures that are answered at once. */
  readonly failures: TokenBucket;
  /** Verifications that may begin. A successful one gives its token back. */
  readonly verifications: TokenBucket;
  /** The newest comes last, and is served first. */
  readonly waiting: Waiting[];
  /** Verifications that go on. */
  running: number;
  stopTimer: (() => void) | undefined;
}

/**
 * Decides when a token is verified and when its refusal is told. Nobody is locked out: an address
 * from which too many bad tokens come has each verified all the same, if need be after a wait. The
 * newest attempt goes first, so that a flood that came before does not stand in its way.
 */
export class AuthAttempts {
  readonly #limits: AttemptLimits;
  readonly #clock: Clock;
  readonly #sources: RecentlyUsed<Source>;

  constructor(limits: AttemptLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#sources = new RecentlyUsed({
      limit: maxAddresses,
      make: () => this.#makeSource(),
      isSpare: ({ failures, verifications }) => failures.isFull && verifications.isFull,
      isBusy: ({ waiting, running }) => waiting.length > 0 || running > 0,
    });
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#sources.size;
  }

  /** Seconds until a failure is answered at once again, at the longest; for `Retry-After`. */
  get retryAfter(): number {
    return Math.ceil(60 / this.#limits.maxFailures);
  }

  /**
   * Waits until a token may be verified; then {@linkcode AuthAttempts.end} must be called.
   *
   * @returns `false` where this would take too long.
   */
  begin(address: string): Promise<boolean> {
    if (this.#limits.maxFailures === 0) return Promise.resolve(true);
    const source = this.#source(address);
    if (source.waiting.length >= maxWaiting) source.waiting.shift()?.resolve(false);
    return new Promise((resolve) => {
      source.waiting.push({ until: this.#clock.now() + maxWait, resolve });
      this.#serve(source);
    });
  }

  /** A verification is over. */
  end(address: string, outcome: Attempt): void {
    if (this.#limits.maxFailures === 0) return;
    const source = this.#source(address);
    source.running--;
    if (outcome !== "refused") source.verifications.put();
    this.#serve(source);
  }

  /**
   * Counts a failure.
   *
   * @returns How late it is to be answered, in milliseconds.
   */
  fail(address: string): number {
    if (this.#limits.maxFailures === 0) return 0;
    return this.#source(address).failures.take() ? 0 : lateness;
  }

  /** Lets begin what may, the newest first, and sends away what has waited too long. */
  #serve(source: Source): void {
    const { waiting, verifications } = source;
    source.stopTimer?.();
    source.stopTimer = undefined;
    const now = this.#clock.now();
    const late = waiting.findIndex(({ until }) => until > now);
    for (const { resolve } of waiting.splice(0, late < 0 ? waiting.length : late)) resolve(false);
    while (waiting.length > 0 && verifications.take()) {
      source.running++;
      waiting.pop()?.resolve(true);
    }
    const [oldest] = waiting;
    if (oldest === undefined) return;
    const delay = Math.min(verifications.retryAfter() * 1_000, oldest.until - now);
    source.stopTimer = this.#clock.after(delay, () => this.#serve(source));
  }

  #source(address: string): Source {
    return this.#sources.get(networkOf(address));
  }

  #makeSource(): Source {
    const { maxFailures, maxRate } = this.#limits;
    const now = () => this.#clock.now();
    return {
      failures: new TokenBucket(maxFailures / 60, maxFailures, now),
      verifications: new TokenBucket(maxRate, maxRate, now),
      waiting: [],
      running: 0,
      stopTimer: undefined,
    };
  }
}
