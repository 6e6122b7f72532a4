/** Judges the messages of clients by their rates. */

import { ClientBuckets } from "./client_buckets.ts";
import { networkOf } from "../../address.ts";
import type { ResolvedRateLimit } from "./rate_limit.ts";
import { SharedBuckets } from "./shared_buckets.ts";
import { SpentBuckets } from "./spent_buckets.ts";
import type { TokenBucket } from "./token_bucket.ts";

/** The verdict about a message. A refusal says how many seconds to wait. */
export type RateVerdict = "pass" | "disconnect" | { readonly retryAfter: number };

/**
 * The bytes or characters of a message that one token pays for.
 *
 * @limit bytes: another token is taken
 */
const sizePerToken = 65_536;

/** How fast a client may send: messages per second on average, and how many at once. */
export interface RateAllowance {
  readonly perSecond: number;
  readonly burst: number;
}

/** The sender of messages, as far as its rate is concerned. */
export interface RateSubject {
  /** The id of the user, where there is one. */
  readonly userId: string | undefined;
  /** Where the client connects from. */
  readonly remoteAddress: string;
}

/** The rates of an application's clients. */
export class RateLimits {
  readonly #options: ResolvedRateLimit;
  readonly #knowsUsers: boolean;
  readonly #users: SharedBuckets | undefined;
  readonly #addresses: SharedBuckets | undefined;
  readonly #spent = new SpentBuckets();

  /**
   * @param options The rates.
   * @param knowsUsers Whether the ids of users were verified: else each connection may have a new
   * one each time.
   */
  constructor(options: ResolvedRateLimit, knowsUsers = false) {
    const { perUser, perAddress, now } = options;
    this.#options = options;
    this.#knowsUsers = knowsUsers;
    this.#users = perUser && new SharedBuckets(perUser, now);
    this.#addresses = perAddress && new SharedBuckets(perAddress, now);
  }

  /** Makes the limiter of a client. */
  limiter(subject: RateSubject): RateLimiter {
    return new RateLimiter(this, subject);
  }

  /** Names the owner of a client's buckets after it has disconnected. */
  ownerOf({ userId, remoteAddress }: RateSubject): string {
    const isUser = this.#knowsUsers && userId !== undefined;
    return isUser ? `user ${userId}` : `address ${networkOf(remoteAddress)}`;
  }

  /** The tokens that a client of this owner begins with. */
  allowance(owner: string): RateAllowance {
    const { perSecond, burst } = this.#options;
    return { perSecond, burst: this.#spent.peek(owner)?.available ?? Math.floor(burst) };
  }

  /** Gives out the buckets that a client of this owner has left, or full ones. */
  take(owner: string): ClientBuckets {
    const left = this.#spent.take(owner);
    left?.passOn();
    return left ?? new ClientBuckets(this.#options);
  }

  /** Takes the buckets of a client back that has gone. */
  put(owner: string, buckets: ClientBuckets): void {
    this.#spent.put(owner, buckets);
  }

  /** Takes tokens of what clients share, up to a bucket that has too few. */
  takeShared(subject: RateSubject, count: number): TokenBucket | undefined {
    const user = this.#userBucket(subject);
    if (user?.take(count) === false) return user;
    const address = this.#addressBucket(subject);
    return address?.take(count) === false ? address : undefined;
  }

  /** Gives back what was taken. */
  putShared(subject: RateSubject, count: number): void {
    this.#userBucket(subject)?.put(count);
    this.#addressBucket(subject)?.put(count);
  }

  #userBucket({ userId }: RateSubject): TokenBucket | undefined {
    return userId === undefined ? undefined : this.#users?.get(userId);
  }

  #addressBucket({ remoteAddress }: RateSubject): TokenBucket | undefined {
    return this.#addresses?.get(networkOf(remoteAddress));
  }
}

/** One client's rate. A client that keeps on sending too fast is disconnected. */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #subject: RateSubject;
  #owner = "";
  /** Taken with the first message, as the user may be known only then. */
  #buckets: ClientBuckets | undefined;
  #hasEnded = false;
  /** The cost of the last message, in tokens. */
  #cost = 1;

  constructor(limits: RateLimits, subject: RateSubject) {
    this.#limits = limits;
    this.#subject = subject;
  }

  /** The tokens of a client that has sent nothing yet. Without its user, its address counts. */
  get allowance(): RateAllowance {
    return this.#limits.allowance(this.#limits.ownerOf(this.#subject));
  }

  /**
   * Counts a message of which nothing else is known.
   *
   * @param size Its bytes or characters: what is longer costs more.
   */
  check(size = 0): RateVerdict {
    if (this.#hasEnded) return "disconnect";
    const buckets = this.#buckets ??= this.#begin();
    const cost = this.#cost = Math.max(1, Math.ceil(size / sizePerToken));
    const empty = buckets.take(cost) ?? this.#limits.takeShared(this.#subject, cost);
    return this.#verdictOf(buckets, empty, cost);
  }

  /** Counts an event, after the message that has brought it. */
  checkEvent(event: string): RateVerdict {
    if (this.#hasEnded) return "disconnect";
    const buckets = this.#buckets ??= this.#begin();
    return this.#verdictOf(buckets, buckets.takeEvent(event), 1);
  }

  /**
   * Counts the rooms that a message asks for, after the message.
   *
   * @param count How many there are.
   * @returns How many of them may be joined, and what is to be done about the others.
   */
  checkJoins(count: number): { readonly admitted: number; readonly verdict: RateVerdict } {
    if (this.#hasEnded) return { admitted: 0, verdict: "disconnect" };
    const buckets = this.#buckets ??= this.#begin();
    const bucket = buckets.eventBucket("room:join");
    const admitted = Math.min(count, Math.floor(bucket?.available ?? count));
    if (admitted > 0) bucket?.take(admitted);
    const rest = count - admitted;
    return {
      admitted,
      verdict: this.#verdictOf(buckets, rest > 0 ? bucket : undefined, rest),
    };
  }

  /** The last message that passed was none that counts. */
  giveBack(): void {
    this.#buckets?.put(this.#cost);
    this.#limits.putShared(this.#subject, this.#cost);
  }

  #verdictOf(buckets: ClientBuckets, empty: TokenBucket | undefined, cost: number): RateVerdict {
    if (empty === undefined) return "pass";
    if (buckets.takeRefusal()) return { retryAfter: empty.retryAfter(cost) };
    this.end();
    return "disconnect";
  }

  /** The client has disconnected: the next one of its owner continues with its buckets. */
  end(): void {
    this.#hasEnded = true;
    if (this.#buckets !== undefined) this.#limits.put(this.#owner, this.#buckets);
    this.#buckets = undefined;
  }

  #begin(): ClientBuckets {
    this.#owner = this.#limits.ownerOf(this.#subject);
    return this.#limits.take(this.#owner);
  }
}
