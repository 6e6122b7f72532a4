/** One bound on what all peers together make a server hold. */

import type { Memory, MemoryAccount, MemoryHolder } from "../types.ts";

/** Accounts lie in levels by size: below 1 KiB, below 2 KiB, and so on. */
const levelCount = 33;

/**
 * Largest buffer or text that is taken for a connection's own.
 *
 * @limit bytes: it is counted against `memoryBudget`
 */
const uncounted = 1024;

/** Time beyond this does not count: size is what matters then. Milliseconds. */
const longestAge = 10_000;

/** Numbers of the memory that peers make a server hold. */
export interface MemoryStats {
  /** Bytes that count against the budget now. */
  readonly used: number;
  /** The budget. */
  readonly limit: number;
  /** Connections and sessions that were ended because the budget was used up. */
  readonly evictions: number;
}

/**
 * Counts what holders hold. Where it is more than the limit, holders are evicted: first those that
 * hold most and have done so for the longest time, so that what others hold already does not shut
 * out a newcomer.
 */
export class MemoryBudget implements Memory {
  /** Most bytes that may be held. */
  readonly limit: number;
  readonly #now: () => number;
  readonly #levels: readonly Level[] = Array.from({ length: levelCount }, () => new Level());
  readonly #onChange = (account: Account, grown: number): void => this.#changed(account, grown);
  readonly #check = (): void => this.#evictUntilWithin();
  #checkIsDue = false;
  #used = 0;
  #sharedBytes = 0;
  #evictions = 0;

  /**
   * @param limit Most bytes that may be held.
   * @param now A clock in milliseconds that never jumps.
   */
  constructor(limit: number, now: () => number) {
    this.limit = limit;
    this.#now = now;
  }

  /** Bytes held now. */
  get used(): number {
    return this.#used;
  }

  /** Returns a snapshot. */
  stats(): MemoryStats {
    return { used: this.#used, limit: this.limit, evictions: this.#evictions };
  }

  get sharedBytes(): number {
    return this.#sharedBytes;
  }

  set sharedBytes(bytes: number) {
    this.#use(bytes - this.#sharedBytes);
    this.#sharedBytes = bytes;
  }

  /** See {@linkcode Memory.open}. An account without bytes is in no list. */
  open(holder: MemoryHolder): MemoryAccount {
    return new Account(holder, this.#onChange);
  }

  #changed(account: Account, grown: number): void {
    const { weight } = account;
    const level = weight > 0 ? this.#levels[levelOf(weight)] : undefined;
    if (level !== account.level) {
      account.level?.delete(account);
      account.level = level;
      level?.add(account, this.#now());
    }
    this.#use(grown);
  }

  #use(grown: number): void {
    this.#used += grown;
    if (this.#used <= this.limit || this.#checkIsDue) return;
    // Not at once: the holder that is evicted may be the one that is at work.
    this.#checkIsDue = true;
    queueMicrotask(this.#check);
  }

  #evictUntilWithin(): void {
    this.#checkIsDue = false;
    while (this.#used > this.limit) {
      const account = this.#worst();
      if (account === undefined) return;
      account.close();
      this.#evictions++;
      account.holder.evict();
    }
  }

  /** The oldest account of each level stands for the level, as sizes within a level are alike. */
  #worst(): Account | undefined {
    const now = this.#now();
    let worst: Account | undefined;
    let most = 0;
    for (const { first } of this.#levels) {
      if (first === undefined) continue;
      const weight = first.weight * Math.min(longestAge, now - first.since + 1);
      if (weight <= most) continue;
      worst = first;
      most = weight;
    }
    return worst;
  }
}

/** The memory of one holder. */
class Account implements MemoryAccount {
  readonly holder: MemoryHolder;
  readonly #changed: (account: Account, grown: number) => void;
  #bytes = 0;
  #sharedBytes = 0;
  #closed = false;
  level: Level | undefined;
  /** When it came to its level. */
  since = 0;
  /** Its neighbours in the level. */
  before: Account | undefined;
  after: Account | undefined;

  constructor(holder: MemoryHolder, changed: (account: Account, grown: number) => void) {
    this.holder = holder;
    this.#changed = changed;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set bytes(bytes: number) {
    if (bytes === this.#bytes || this.#closed) return;
    const grown = bytes - this.#bytes;
    this.#bytes = bytes;
    this.#changed(this, grown);
  }

  get sharedBytes(): number {
    return this.#sharedBytes;
  }

  set sharedBytes(bytes: number) {
    if (bytes === this.#sharedBytes || this.#closed) return;
    this.#sharedBytes = bytes;
    this.#changed(this, 0);
  }

  /** Its share of the bytes: others that hold shared bytes with it are charged, too. */
  get weight(): number {
    return this.#bytes + this.#sharedBytes;
  }

  /** Counts nothing from now on. */
  close(): void {
    this.bytes = this.sharedBytes = 0;
    this.#closed = true;
  }
}

/** Accounts of about one size, in the order in which they have come to it. */
class Level {
  first: Account | undefined;
  #last: Account | undefined;

  add(account: Account, now: number): void {
    account.since = now;
    account.before = this.#last;
    account.after = undefined;
    if (this.#last === undefined) this.first = account;
    else this.#last.after = account;
    this.#last = account;
  }

  delete(account: Account): void {
    const { before, after } = account;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }
}

/** Bytes of something that each connection has a little of, which is not counted. */
export function countable(bytes: number): number {
  return bytes > uncounted ? bytes : 0;
}

function levelOf(bytes: number): number {
  return 32 - Math.clz32(Math.min(bytes / 1024, 2 ** 32 - 1));
}
