/** Counts of an application's events, and the durations of its handlers. */

import type { AuthCounts } from "../auth/gate.ts";
import type { EventErrorCode } from "../events/errors.ts";
import type { StreamCounts } from "../streams/followed_stream.ts";
import { Histogram, type HistogramStats } from "./histogram.ts";

/**
 * The labels by which refused messages are counted: codes of the application's own are counted
 * together, as `OTHER`, so that there are never more counters than these.
 */
export type ErrorLabel = EventErrorCode | "OTHER";

/**
 * Numbers of an application or of one of its namespaces. Clients, rooms and memberships are those of the moment;
 * all other numbers count from its start and only grow.
 */
export interface AppStats {
  /** Clients that are connected. */
  readonly clients: number;
  /** Rooms with members. */
  readonly rooms: number;
  /** Members of all rooms, counted for each of them. */
  readonly memberships: number;
  /** Messages of rooms that did not come by number; see {@linkcode StreamCounts}. */
  readonly streams: StreamCounts;
  /** Events that went to a handler, or that nothing handles. */
  readonly events: number;
  /** Messages that were answered with an error, by its code. */
  readonly errors: Readonly<Record<ErrorLabel, number>>;
  /** The outcomes of attempts to sign in; missing where nobody needs to. */
  readonly auth?: AuthCounts | undefined;
  /**
   * From the call of a handler, middleware included, until its promise has settled; only with the
   * option `measure`.
   */
  readonly handlerTimes?: HistogramStats | undefined;
}

/** Counts events, and takes the time of handlers where somebody wants to know it. */
export class Meter {
  readonly #now: () => number;
  readonly #times: Histogram | undefined;
  readonly #errors: Record<ErrorLabel, number> = {
    PARSE_ERROR: 0,
    INVALID_MESSAGE: 0,
    UNKNOWN_EVENT: 0,
    UNAUTHORIZED: 0,
    FORBIDDEN: 0,
    RATE_LIMITED: 0,
    UNAVAILABLE: 0,
    INTERNAL: 0,
    OTHER: 0,
  };
  #events = 0;

  /**
   * @param now A clock in milliseconds that never goes back.
   * @param measures Whether the time of handlers is taken.
   */
  constructor(now: () => number, measures: boolean) {
    this.#now = now;
    this.#times = measures ? new Histogram() : undefined;
  }

  /** Whether the time of handlers is taken. */
  get measures(): boolean {
    return this.#times !== undefined;
  }

  /** Counts an event. */
  handled(): void {
    this.#events++;
  }

  /** Runs a handler and takes its time. Its result and its errors come through. */
  measure(handle: () => unknown): unknown {
    const start = this.#now();
    const observe = () => this.#times?.observe(this.#now() - start);
    let result: unknown;
    try {
      result = handle();
    } catch (error) {
      observe();
      throw error;
    }
    if (result instanceof Promise) result.then(observe, observe);
    else observe();
    return result;
  }

  /** Counts an error that a client was told. */
  refused(code: string): void {
    this.#errors[isLabel(code, this.#errors) ? code : "OTHER"]++;
  }

  /** Returns a snapshot of the counts so far. */
  stats(): Pick<AppStats, "events" | "errors" | "handlerTimes"> {
    return {
      events: this.#events,
      errors: { ...this.#errors },
      handlerTimes: this.#times?.stats(),
    };
  }
}

function isLabel(code: string, labels: Readonly<Record<ErrorLabel, number>>): code is ErrorLabel {
  return Object.hasOwn(labels, code);
}
