/** A clock that stands still until a test lets time pass. */

import type { Clock } from "../clock.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock for the option `clock` of an application: its time is what the test says. Rate limits,
 * deadlines of acknowledgements, grace times of presence and ages of histories go by it.
 *
 * @example A client that is too fast, and a second later is not
 * ```ts
 * import { App, EventError } from "@hawser/ws";
 * import { TestClock, testClient } from "@hawser/ws/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const clock = new TestClock();
 * const app = new App({ clock, rateLimit: { perSecond: 1, burst: 1 } });
 * app.on("roll", () => 4);
 *
 * await using ada = await testClient(app);
 * assertEquals(await ada.emitWithAck("roll"), 4);
 * await assertRejects(() => ada.emitWithAck("roll"), EventError, "Rate limit exceeded");
 * await clock.advance(1_000);
 * assertEquals(await ada.emitWithAck("roll"), 4);
 * ```
 */
export class TestClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /**
   * Tells the time.
   *
   * @returns Milliseconds that have passed since the clock was made.
   *
   * @example A second
   * ```ts
   * import { TestClock } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new TestClock();
   * await clock.advance(1_000);
   * assertEquals(clock.now(), 1_000);
   * ```
   */
  now(): number {
    return this.#now;
  }

  /**
   * Runs something when its time has come; called by the application.
   *
   * @param delay Milliseconds from now.
   * @param run The function to call.
   * @returns A function that calls it off.
   *
   * @example Something that is called off
   * ```ts
   * import { TestClock } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new TestClock();
   * const rings: string[] = [];
   * clock.after(10, () => rings.push("first"));
   * const stop = clock.after(20, () => rings.push("second"));
   * await clock.advance(10);
   * stop();
   * await clock.advance(60_000);
   * assertEquals(rings, ["first"]);
   * ```
   */
  after(delay: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delay), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /**
   * Lets time pass. Timers that are due run in the order of their times; before each, and at the
   * end, promises that are settled have called their handlers.
   *
   * @param milliseconds How much.
   * @returns Resolves when all that is due has run.
   * @throws {RangeError} The time is negative or not finite; as a rejection.
   *
   * @example What is due on the way
   * ```ts
   * import { TestClock } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new TestClock();
   * const times: number[] = [];
   * clock.after(30, () => times.push(clock.now()));
   * clock.after(10, () => clock.after(5, () => times.push(clock.now())));
   * await clock.advance(100);
   * assertEquals(times, [15, 30]);
   * ```
   */
  async advance(milliseconds: number): Promise<void> {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new RangeError(`Cannot advance a clock by ${milliseconds} ms`);
    }
    const end = this.#now + milliseconds;
    await settle();
    for (let timer; (timer = this.#next(end)) !== undefined;) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      await settle();
    }
    this.#now = end;
  }

  /** The first timer that is due until then; of several at one time, the one that was set first. */
  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}

/** Waits until promises have called their handlers, and these theirs. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
