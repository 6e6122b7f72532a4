/** How many clients without WebSocket there may be, and who goes where one more comes. */

import { networkOf } from "../../address.ts";
import { SharedBuckets } from "../../app/limits/shared_buckets.ts";
import { HttpError } from "../http_answer.ts";

/** Options that bound the number of sessions. */
export interface SessionLimitOptions {
  /** Sessions in all. */
  readonly maxSessions: number;
  /** Sessions of one address; 0 is any number. */
  readonly maxSessionsPerAddress: number;
}

/** A session, as far as it is counted. */
export interface CountedSession {
  /** Where its client connects from. */
  readonly remoteAddress: string;
}

/** Seconds in which an address may begin as many sessions as it may have. */
const refillTime = 50;

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
  readonly #begins: SharedBuckets | undefined;
  readonly #all = new Group<Session>();
  readonly #addresses = new Map<string, Group<Session>>();

  /** @param now A clock in milliseconds that never goes back. */
  constructor(options: SessionLimitOptions, now: () => number) {
    this.#options = options;
    const { maxSessionsPerAddress: burst } = options;
    if (burst > 0) this.#begins = new SharedBuckets({ perSecond: burst / refillTime, burst }, now);
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
    if (bucket?.take() === false) throw tooMany(429, Math.ceil(bucket.retryAfter()));
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
      return oldestUnproven(own) ?? fail(429);
    }
    if (this.#all.size >= maxSessions) return oldestUnproven(this.#all) ?? fail(503);
    return undefined;
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

  /** The client of a session was heard again. */
  prove(session: Session): void {
    if (!this.#all.unproven.delete(session)) return;
    this.#addresses.get(networkOf(session.remoteAddress))?.unproven.delete(session);
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

function fail(status: 429 | 503): never {
  throw tooMany(status, 5);
}

function tooMany(status: 429 | 503, seconds: number): HttpError {
  const [code, message] = status === 429
    ? ["RATE_LIMITED", "Too many sessions from your address"]
    : ["UNAVAILABLE", "Too many sessions"];
  return new HttpError(status, code!, message!, { "retry-after": `${seconds}` });
}
