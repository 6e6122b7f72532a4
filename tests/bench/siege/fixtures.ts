/** Figures of a row, for tests of what is made of them. */

import type { Figures } from "../../../bench/siege/siege.ts";

const mebibyte = 2 ** 20;

/** A row that passes. */
export function figures(changes: Partial<Figures> = {}): Figures {
  const latencies = { count: 250, p50: 1, p99: 5, worst: 8 };
  const crowd = { latencies, lost: 0, newcomer: 40, lag: 1 };
  const before = { cpu: 1, resident: 60 * mebibyte, peak: 60 * mebibyte, descriptors: 75 };
  return {
    quiet: crowd,
    loaded: crowd,
    lost: 0,
    cpu: 0.5,
    before,
    peak: 90 * mebibyte,
    idle: 80 * mebibyte,
    after: { ...before, cpu: 4, resident: 70 * mebibyte },
    attack: { units: 1_000, thrownOut: 0 },
    ...changes,
  };
}
