/** How often something may be done: some times at once, then at a rate. */

import type { Clock } from "../clock.ts";
import { isObject } from "../../wire/parse_json.ts";

/** A rate, with room for bursts. */
export interface Rate {
  /** Times a second on average; above 0. */
  readonly perSecond: number;
  /** Times at once, first of all; later 1 at least. */
  readonly burst: number;
}

/**
 * How much of the server's rate is used: it counts when messages arrive, and the first may have
 * been on their way for longer than those that follow.
 */
const usedPart = 0.9;

/** Reads what a `welcome` says of a rate; `undefined` where there is none. */
export function readRate(value: unknown): Rate | undefined {
  const { perSecond, burst } = isObject(value) ? value : {};
  const isRate = typeof perSecond === "number" && perSecond > 0 && typeof burst === "number";
  if (!isRate) return undefined;
  return { perSecond: usedPart * perSecond, burst: Math.max(0, Math.floor(usedPart * burst)) };
}

/** So many a second, and as many at once; `undefined`, without a limit, for 0. */
export function rateOf(perSecond: number): Rate | undefined {
  return perSecond === 0 ? undefined : { perSecond, burst: Math.max(1, perSecond) };
}

/** How often the server may make the client send a request. What it has to say waits meanwhile. */
export const provokedRate: Rate = { perSecond: 20, burst: 40 };

/** A token bucket: full at first, and a token comes back every so often. */
export class Pace {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #tokens: number;
  #countedAt: number;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#countedAt = clock.now();
  }

  /** Takes a token, if there is one. */
  take(): boolean {
    if (this.delay > 0) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until there is a token. */
  get delay(): number {
    const { perSecond, burst } = this.#rate;
    const now = this.#clock.now();
    const gained = (now - this.#countedAt) * perSecond / 1_000;
    this.#tokens = Math.min(Math.max(1, burst), this.#tokens + gained);
    this.#countedAt = now;
    // Sums of parts of a token may end a little below a whole one.
    const missing = 1 - this.#tokens;
    return missing < 1e-6 ? 0 : missing * 1_000 / perSecond;
  }

  /**
   * Waits until there is a token, and takes it.
   *
   * @param signal Ends the waiting, without a token.
   */
  async turn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.take()) await this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        stop();
        signal.removeEventListener("abort", over);
        resolve();
      };
      const stop = this.#clock.after(this.delay, over);
      signal.addEventListener("abort", over);
    });
  }
}
