/** How many clients without WebSocket there may be, and who goes where one more comes. */

import { networkOf } from "../address.ts";
import { SharedBuckets } from "../app/limits/shared_buckets.ts";
import type { Notify } from "../types.ts";
import { HttpError } from "./http_answer.ts";

/** Options that bound the number of sessions. */
export interface SessionLimitOptions {
  /** Sessions in all. */
  readonly maxSessions: number;
  /** Sessions of one address; 0 is any number. */
  readonly maxSessionsPerAddress: number;
}

/** Settings of the session limits of one wire. */
export interface SessionLimitContext {
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Is told of an address that has too many, or begins too many. */
  readonly notify: Notify;
  /** The wire, as its operator knows it. */
  readonly wire: string;
}

/** A session, as far as it is counted. */
export interface CountedSession {
  /** Where its client connects from. */
  readonly remoteAddress: string;
}

/** Seconds in which an address may begin as many sessions as it may have. */
const refillTime = 50;

/**
 * Sessions of one address whose clients were heard once only, and that stay when their second
 * request is late.
 *
 * @limit sessions: the session ends 5 s after its first request
 */
const maxUnproven = 100;

/** The sessions of one address, or of all. */
class Group<Session> {
  size = 0;
  /** Those whose clients have sent nothing since their first request, the oldest first. */
  readonly unproven = new Set<Session>();
}

/**
 * Counts sessions, in all and by address. Anybody can begin a session by one request, and it stays
 * for a while without costing its client anything. So a session whose client was heard once only is
 * unproven: where there are too many, the oldest of these goes, and nobody is refused for them.
 */
export class SessionLimits<Session extends CountedSession> {
  readonly #options: SessionLimitOptions;
  readonly #context: SessionLimitContext;
  readonly #begins: SharedBuckets | undefined;
  readonly #all = new Group<Session>();
  readonly #addresses = new Map<string, Group<Session>>();

  constructor(options: SessionLimitOptions, context: SessionLimitContext) {
    this.#options = options;
    this.#context = context;
    const { maxSessionsPerAddress: burst } = options;
    if (burst === 0) return;
    this.#begins = new SharedBuckets({ perSecond: burst / refillTime, burst }, context.now);
  }

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /**
   * Counts an attempt to begin a session, before any work is done for it.
   *
   * @throws {HttpError} 429: the address begins too many, or has too many.
   * @throws {HttpError} 503: there are too many.
   */
  begin(remoteAddress: string): void {
    const bucket = this.#begins?.get(networkOf(remoteAddress));
    if (bucket?.take() === false) throw this.#tooManyOf(remoteAddress, bucket.retryAfter());
    this.findExcess(remoteAddress);
  }

  /**
   * Finds the session that must go for one more.
   *
   * @returns `undefined` where there is room.
   * @throws {HttpError} 429 or 503: none may go.
   */
  findExcess(remoteAddress: string): Session | undefined {
    const { maxSessions, maxSessionsPerAddress } = this.#options;
    const own = this.#addresses.get(networkOf(remoteAddress));
    if (own !== undefined && maxSessionsPerAddress > 0 && own.size >= maxSessionsPerAddress) {
      const oldest = oldestUnproven(own);
      if (oldest === undefined) throw this.#tooManyOf(remoteAddress);
      return oldest;
    }
    if (this.#all.size < maxSessions) return undefined;
    const oldest = oldestUnproven(this.#all);
    if (oldest === undefined) throw tooMany(503, "UNAVAILABLE", "Too many sessions");
    return oldest;
  }

  /** Tells the operator, too: the address may be that of a proxy. */
  #tooManyOf(address: string, seconds?: number): HttpError {
    const { notify, wire } = this.#context;
    const message = `Address ${address} has, or begins, too many sessions: ` +
      `raise maxSessionsPerAddress of ${wire}, or set trustProxy where it is a proxy`;
    notify({ code: "TOO_MANY_SESSIONS", message, subject: address, address });
    return tooMany(429, "RATE_LIMITED", "Too many sessions from your address", seconds);
  }

  /** Counts a session that begins. */
  add(session: Session, isProven: boolean): void {
    const network = networkOf(session.remoteAddress);
    let own = this.#addresses.get(network);
    if (own === undefined) this.#addresses.set(network, own = new Group());
    for (const group of [this.#all, own]) {
      group.size++;
      if (!isProven) group.unproven.add(session);
    }
  }

  /** The client of a session has sent a further request. */
  prove(session: Session): void {
    if (!this.#all.unproven.delete(session)) return;
    this.#addresses.get(networkOf(session.remoteAddress))?.unproven.delete(session);
  }

  /**
   * Whether a session has had one request only, and is one of too many of them from its address.
   */
  isExcessive(session: Session): boolean {
    const own = this.#addresses.get(networkOf(session.remoteAddress));
    return own !== undefined && own.unproven.has(session) && own.unproven.size > maxUnproven;
  }

  /** Counts a session no more. */
  delete(session: Session): void {
    const network = networkOf(session.remoteAddress);
    const own = this.#addresses.get(network);
    if (own === undefined) return;
    for (const group of [this.#all, own]) {
      group.size--;
      group.unproven.delete(session);
    }
    if (own.size === 0) this.#addresses.delete(network);
  }
}

function oldestUnproven<Session>({ unproven }: Group<Session>): Session | undefined {
  const [oldest] = unproven;
  return oldest;
}

function tooMany(status: 429 | 503, code: string, message: string, seconds = 5): HttpError {
  return new HttpError(status, code, message, { "retry-after": `${Math.ceil(seconds)}` });
}
