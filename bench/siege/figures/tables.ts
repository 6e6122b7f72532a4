/** The rows as a table, and as a page that keeps the last run. */

import { table } from "../../peers/results/tables.ts";
import type { Flood } from "../floods/mod.ts";
import { mebibytes } from "./judge.ts";
import type { Latencies } from "./latencies.ts";
import type { Figures } from "../siege.ts";
import type { Besieged } from "../servers.ts";

/** One row. */
export interface Row {
  readonly flood: Pick<Flood, "name" | "title">;
  readonly server: Pick<Besieged, "name" | "label" | "isOurs">;
  readonly figures: Figures;
  /** The faults; none for the servers that ours is compared with. */
  readonly faults: readonly string[];
}

/** A whole run. */
export interface SiegeReport {
  /** How to run it again. */
  readonly command: string;
  /** Where it ran. */
  readonly machine: string;
  /** When it began, as an ISO 8601 date and time. */
  readonly date: string;
  readonly rows: readonly Row[];
  /** Measurements that failed, and why. */
  readonly remarks: readonly string[];
}

const heading = [
  "Flood",
  "Server",
  "quiet p50 / p99, ms",
  "p50 / p99, ms",
  "worst, ms",
  "own lag, ms",
  "lost",
  "newcomer, ms",
  "CPU, %",
  "MiB before / peak / idle / held",
  "descriptors",
  "sent",
  "thrown out",
  "verdict",
] as const;

/** Writes the rows as Markdown that reads well in a terminal too. */
export function renderRows(rows: readonly Row[]): string {
  return table([heading, ...rows.map(cells)]);
}

function cells({ flood, server, figures, faults }: Row): string[] {
  const { quiet, loaded, lost, cpu, before, peak, idle, after, attack } = figures;
  const memory = [before.resident, peak, idle, after?.resident ?? NaN].map(mebibytes);
  return [
    flood.name,
    server.label,
    percentiles(quiet.latencies),
    percentiles(loaded.latencies),
    milliseconds(loaded.latencies.worst),
    milliseconds(loaded.lag),
    String(lost),
    loaded.newcomer === Infinity ? "refused" : milliseconds(loaded.newcomer),
    String(Math.round(100 * cpu)),
    memory.join(" / "),
    `${before.descriptors} / ${after?.descriptors ?? "-"}`,
    count(attack.units),
    count(attack.thrownOut),
    verdict(server.isOurs, faults),
  ];
}

function verdict(isOurs: boolean, faults: readonly string[]): string {
  if (!isOurs) return "";
  return faults.length === 0 ? "ok" : `**${faults.join("; ")}**`;
}

function percentiles({ p50, p99 }: Latencies): string {
  return `${milliseconds(p50)} / ${milliseconds(p99)}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
}

/** Two digits are as many as the measurement is worth. */
function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

/** Writes the page that keeps the last run. */
export function renderPage({ command, machine, date, rows, remarks }: SiegeReport): string {
  const floods = new Map(rows.map(({ flood }) => [flood.name, flood.title]));
  const failed = rows.filter(({ faults }) => faults.length > 0).length;
  const judged = rows.filter(({ server }) => server.isOurs).length;
  return [
    "# Siege",
    "The service of honest clients while others flood the server. The columns are explained in\n" +
    "[bench/siege/README.md](../bench/siege/README.md).",
    [
      `- Command: \`${command}\``,
      `- Machine: ${machine}`,
      `- Date: ${date.slice(0, 10)}`,
      `- Verdict: ${judged - failed} of ${judged} rows pass`,
    ].join("\n"),
    renderRows(rows),
    "## Floods",
    [...floods].map(([name, title]) => `- \`${name}\`: ${title}.`).join("\n"),
    ...(remarks.length === 0 ? [] : [
      "## Remarks",
      remarks.map((remark) => `- ${remark}`).join("\n"),
    ]),
  ].join("\n\n") + "\n";
}
