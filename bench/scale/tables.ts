/** The results of all runs, as Markdown. */

import { table } from "../peers/results/tables.ts";
import type { Load } from "./loads.ts";
import type { Sample } from "./sample.ts";

/** The result of a load: the medians of each server, by its label. */
export interface LoadResult {
  readonly load: Load;
  readonly medians: ReadonlyMap<string, Sample>;
}

/** Writes one table for each load, ours first; costs stand beside how many times ours they are. */
export function renderTables(results: readonly LoadResult[]): string {
  return results.map(({ load, medians }) => {
    const [ours] = medians.values();
    const rows = [...medians].map(([label, sample]) => [
      label,
      Math.round(sample.perSecond).toLocaleString("en-US"),
      costOf(sample.cost, ours!.cost),
      sample.redisCost.toFixed(2),
      `${(100 * sample.differing).toFixed(1)} %`,
      `${(sample.p50 / 1000).toFixed(1)} / ${(sample.p99 / 1000).toFixed(1)}`,
      `${(100 * sample.generatorLoad).toFixed(0)} %`,
    ]);
    const heading = [load.title, ...headings];
    return table([heading, ...rows]);
  }).join("\n\n");
}

const headings = [
  "Messages/s",
  "CPU, us a delivery",
  "of it Redis",
  "Places that differ",
  "p50 / p99, ms",
  "Generator",
];

function costOf(cost: number, ours: number): string {
  return cost === ours ? cost.toFixed(2) : `${cost.toFixed(2)} (${(cost / ours).toFixed(2)}x)`;
}
