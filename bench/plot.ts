/** Draws what bench:peers has measured: `plot.ts JSON-FILE SVG-FILE`. */

import { plot } from "./peers/results/chart.ts";
import type { Report } from "./peers/results/report.ts";

const [source, target] = Deno.args;
if (source === undefined || target === undefined) {
  // deno-lint-ignore no-console -- this is a program
  console.error("Usage: deno task bench:plot JSON-FILE SVG-FILE");
  Deno.exit(2);
}
const report: Report = JSON.parse(await Deno.readTextFile(source));
await Deno.writeTextFile(target, plot(report));
