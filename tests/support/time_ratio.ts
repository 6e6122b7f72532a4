/** How the costs of two pieces of code compare, on machines that are busy with something else. */

import process from "node:process";

/**
 * Compares the least times of two pieces of code that are run in turn. While the ratio is not below
 * `enough`, it tries again, since what else runs on the machine makes any single time longer.
 *
 * @returns The ratio: how many times as long the first takes.
 */
export function timeRatio(run: () => unknown, other: () => unknown, enough: number): number {
  let [best, otherBest] = [Infinity, Infinity];
  for (let i = 0; i < 5 || (i < 50 && best / otherBest >= enough); i++) {
    best = Math.min(best, timeOf(run));
    otherBest = Math.min(otherBest, timeOf(other));
  }
  return best / otherBest;
}

/**
 * Microseconds that this process works. By the clock, a busy machine would make the longer piece of
 * code many times as long: only the shorter one ends before others have their turn.
 */
function timeOf(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
