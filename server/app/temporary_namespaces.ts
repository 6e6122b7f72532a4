/** Namespaces of one pattern: made when a client asks for one, gone when its last client has left. */

import { answerOf } from "../contain.ts";
import { EventError } from "./events/errors.ts";
import type { AppStats } from "./stats/meter.ts";

/** A pattern and what is made by it. */
export interface NamespacePattern<Namespace> {
  /** Fits a whole name, such as `/room-7`. */
  readonly pattern: RegExp | ((name: string) => boolean);
  /** How many namespaces there may be at a time. */
  readonly maxNamespaces: number;
  /** Makes one. */
  readonly make: (name: string) => Namespace;
  /** One is dropped. Does not throw. */
  ended(namespace: Namespace): void;
  /** Counts a connect to any of them. Returns the error that refuses it. */
  connecting(remoteAddress: string): EventError | undefined;
  /** Adds up what they all have counted, those that are gone too. */
  stats(namespaces: Iterable<Namespace>): AppStats;
}

/** Options of {@linkcode App.namespaces}, besides those of an {@linkcode App}. */
export interface NamespacesOptions {
  /**
   * Namespaces of the pattern at a time. A client that asks for one more is refused as
   * `UNAVAILABLE`, unless there is one without clients, which goes. Each has the `maxMemberships`
   * and the history of an application of its own.
   *
   * @default {10_000}
   */
  readonly maxNamespaces?: number;
}

/** A namespace that exists at the moment. */
interface PatternNamespace<Namespace> {
  readonly namespace: Namespace;
  /** Clients that have come in and have not gone. */
  clients: number;
}

/**
 * Holds the namespaces of one pattern. One without clients may be dropped at any time: a client that
 * was admitted there meanwhile makes it anew.
 */
export class TemporaryNamespaces<Namespace> {
  readonly #pattern: NamespacePattern<Namespace>;
  readonly #namespaces = new Map<string, PatternNamespace<Namespace>>();
  /** Names of those without clients, the oldest first. */
  readonly #empty = new Set<string>();

  constructor(pattern: NamespacePattern<Namespace>) {
    this.#pattern = pattern;
  }

  /** How the pattern is written, for statistics. */
  get title(): string {
    const { pattern } = this.#pattern;
    return pattern instanceof RegExp ? String(pattern) : pattern.name || "by pattern";
  }

  /** How many there are. */
  get size(): number {
    return this.#namespaces.size;
  }

  /** Goes through those that there are. */
  *[Symbol.iterator](): Generator<Namespace> {
    for (const { namespace } of this.#namespaces.values()) yield namespace;
  }

  /** Counts a connect, whether its namespace exists or not. */
  connecting(remoteAddress: string): EventError | undefined {
    return this.#pattern.connecting(remoteAddress);
  }

  /** Returns a snapshot of all together: thousands of names are too many for those who watch them. */
  stats(): AppStats {
    return this.#pattern.stats(this);
  }

  /**
   * Tells whether a name is one of the pattern's.
   *
   * @throws {unknown} The predicate has failed.
   */
  fits(name: string): boolean {
    const { pattern } = this.#pattern;
    if (typeof pattern === "function") return answerOf("pattern", () => pattern(name)) === true;
    pattern.lastIndex = 0; // of a pattern with the flag g or y
    return pattern.test(name);
  }

  /** Finds one. */
  get(name: string): Namespace | undefined {
    return this.#namespaces.get(name)?.namespace;
  }

  /**
   * Finds one, or makes it.
   *
   * @returns An error where there are as many as may be.
   * @throws {unknown} It could not be made.
   */
  open(name: string): Namespace | EventError {
    const existing = this.get(name);
    if (existing !== undefined) return existing;
    if (this.size >= this.#pattern.maxNamespaces) this.#dropEmpty();
    if (this.size >= this.#pattern.maxNamespaces) {
      return new EventError("UNAVAILABLE", "Too many namespaces");
    }
    const namespace = this.#pattern.make(name);
    this.#namespaces.set(name, { namespace, clients: 0 });
    this.#empty.add(name);
    return namespace;
  }

  /** A client has come in. */
  enter(name: string): void {
    const temporary = this.#namespaces.get(name);
    if (temporary === undefined) return;
    temporary.clients++;
    this.#empty.delete(name);
  }

  /** A client has gone that had come in. */
  leave(name: string): void {
    const temporary = this.#namespaces.get(name);
    if (temporary === undefined) return;
    temporary.clients--;
    this.drop(name);
  }

  /** Drops one, unless it has clients. */
  drop(name: string): void {
    const temporary = this.#namespaces.get(name);
    if (temporary === undefined || temporary.clients > 0) return;
    this.#namespaces.delete(name);
    this.#empty.delete(name);
    this.#pattern.ended(temporary.namespace);
  }

  /** Makes room: some were made for clients that did not come in. */
  #dropEmpty(): void {
    for (const name of [...this.#empty]) this.drop(name);
  }
}
