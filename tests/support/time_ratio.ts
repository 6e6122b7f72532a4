/** How the costs of two pieces of code compare, on machines that are busy with something else. */

/**
 * Compares the best times of two pieces of code that are run in turn. While the ratio is not below
 * `enough`, it tries again, since a pause of the machine makes any single time too long.
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

function timeOf(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
