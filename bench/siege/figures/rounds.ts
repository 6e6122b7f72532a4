/** Several rounds of one row, made into one. */

import { median } from "../../peers/results/statistics.ts";
import type { Latencies } from "./latencies.ts";
import type { CrowdFigures } from "../honest/crowd.ts";
import type { Figures } from "../siege.ts";

/**
 * Joins rounds: the median of times and of CPU, which the machine disturbs, and the worst of what a
 * server answers for: losses, memory and descriptors.
 *
 * @param rounds At least one.
 * @returns One row.
 */
export function joinRounds(rounds: readonly Figures[]): Figures {
  const ended = rounds.find(({ after }) => after === undefined);
  if (ended !== undefined) return ended;
  const byGrowth = rounds.toSorted((a, b) => growth(a) - growth(b));
  const { before, after } = byGrowth.at(-1)!;
  const [first] = rounds;
  return {
    ...first!,
    quiet: joinCrowds(rounds.map(({ quiet }) => quiet)),
    loaded: joinCrowds(rounds.map(({ loaded }) => loaded)),
    lost: Math.max(...rounds.map(({ lost }) => lost)),
    cpu: median(rounds.map(({ cpu }) => cpu)),
    peak: Math.max(...rounds.map(({ peak }) => peak)),
    idle: Math.max(...rounds.map(({ idle }) => idle)),
    before,
    after,
  };
}

function growth({ before, after }: Figures): number {
  return (after?.resident ?? 0) / before.resident;
}

function joinCrowds(crowds: readonly CrowdFigures[]): CrowdFigures {
  const times = (figure: keyof Latencies) =>
    median(crowds.map(({ latencies }) => latencies[figure]));
  return {
    latencies: {
      count: times("count"),
      p50: times("p50"),
      p99: times("p99"),
      worst: times("worst"),
    },
    lost: Math.max(...crowds.map(({ lost }) => lost)),
    newcomer: median(crowds.map(({ newcomer }) => newcomer)),
    refusal: crowds.find(({ refusal }) => refusal !== undefined)?.refusal,
    lag: median(crowds.map(({ lag }) => lag)),
  };
}
