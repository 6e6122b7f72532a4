/** A token bucket: how often something may be done. */

import type { Clock } from "../../wire/clock.ts";
import { isObject } from "../../wire/parse_json.ts";

/** A rate, with room for bursts. */
export interface Rate {
  /** Times a second on average; above 0. */
  readonly perSecond: number;
  /** Times at once in the beginning; later at least 1. */
  readonly burst: number;
}

/**
 * How much of the server's rate is used: it counts when messages arrive, and the first may have
 * been on their way for longer than those that follow.
 */
const usedPart = 0.9;

/** Reads the rate of a `welcome`; `undefined` where there is none. */
export function readRate(value: unknown): Rate | undefined {
  const { perSecond, burst } = isObject(value) ? value : {};
  const isRate = typeof perSecond === "number" && perSecond > 0 && typeof burst === "number";
  if (!isRate) return undefined;
  return { perSecond: usedPart * perSecond, burst: Math.max(0, Math.floor(usedPart * burst)) };
}

/** Makes a rate of a number per second, with a burst of the same size; 0 is no limit. */
export function rateOf(perSecond: number): Rate | undefined {
  return perSecond === 0 ? undefined : { perSecond, burst: Math.max(1, perSecond) };
}

/** Rate of the requests that the server can cause. Its messages wait meanwhile. */
export const provokedRate: Rate = { perSecond: 20, burst: 40 };

/** A token bucket, full in the beginning. */
export class TokenBucket {
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
   * @param signal Ends the wait without a token.
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
