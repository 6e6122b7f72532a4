/** A report as Markdown that reads well in a terminal too. */

import { ratio, type Report, type Result } from "./report.ts";
import type { Unit } from "../loads.ts";

/** The text of a cell where a server did not take part. */
const none = "-";

/**
 * Writes Markdown with aligned columns: the first to the left, the others to the right.
 *
 * @param rows Rows of as many cells each, the heading first.
 * @returns Lines, without a last line break.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const [heading = []] = rows;
  const widths = heading.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const aligned = rows.map((row) =>
    line(
      row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
      ),
    )
  );
  const rule = line(
    widths.map((width, column) => column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`),
  );
  return [aligned[0], rule, ...aligned.slice(1)].join("\n");
}

/** Cost of the server, and how it compares with ours. */
export function costTable(report: Report): string {
  return tableOf(report, "Server's cost", ({ load, server, result }) => {
    const cost = `${round(result.median.cost)}${suffix(load.unit)}`;
    const times = ratio(load, server, report.servers[0]!.name);
    return times === undefined || server === report.servers[0]!.name
      ? cost
      : `${cost} (${times.toFixed(2)}x)`;
  });
}

/** Latency: half of the messages, and 99 of 100, took no longer. */
export function latencyTable(report: Report): string {
  const timed = report.loads.filter(({ unit }) => unit !== "KB/connection");
  return tableOf({ ...report, loads: timed }, "p50 / p99, ms", ({ result: { median } }) => {
    const { p50, p99 } = median;
    return `${round(p50 / 1000)} / ${round(p99 / 1000)}`;
  });
}

/** Messages, deliveries or connections in a second. */
export function rateTable(report: Report): string {
  const counted = report.loads.filter(({ unit }) => unit !== "KB/connection");
  return tableOf(
    { ...report, loads: counted },
    "Per second",
    ({ result }) => Math.round(result.median.perSecond).toLocaleString("en-US"),
  );
}

/** Resident memory, and bytes for one message where they were compressed. */
export function sizeTable(report: Report): string {
  return tableOf(report, "RSS, MB", ({ load, result: { median } }) => {
    const bytes = load.compress ? `, ${median.bytesBack.toFixed(0)} B back` : "";
    return `${median.rss.toFixed(0)}${bytes}`;
  });
}

/** One cell's place and what is known for it. */
interface Cell {
  readonly load: Report["loads"][number];
  readonly server: string;
  readonly result: Result;
}

function tableOf(report: Report, name: string, write: (cell: Cell) => string): string {
  const heading = [name, ...report.servers.map(({ label }) => label)];
  const rows = report.loads.map((load) => [
    load.title,
    ...report.servers.map(({ name: server }) => {
      const result = load.results[server];
      return result === undefined ? none : write({ load, server, result });
    }),
  ]);
  return table([heading, ...rows]);
}

/** Three digits are as many as the measurement is worth. */
function round(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Microseconds of CPU go without saying. */
function suffix(unit: Unit): string {
  return unit === "KB/connection" ? " KB" : "";
}

/**
 * Writes all tables.
 *
 * @param report The report.
 * @returns Markdown, without a last line break.
 */
export function renderTables(report: Report): string {
  const tables = report.loads.length === 0 ? [] : [
    costTable(report),
    latencyTable(report),
    rateTable(report),
    sizeTable(report),
  ];
  const remarks = report.remarks.map((remark) => `- ${remark}`).join("\n");
  return [...tables, ...(remarks === "" ? [] : [remarks])].join("\n\n");
}

/**
 * Writes the page that keeps the last run.
 *
 * @param report The report.
 * @returns Markdown.
 */
export function renderPage(report: Report): string {
  const versions = report.servers.map(({ label, version }) => `- ${label}: ${version}`);
  return [
    "# Results of the last run",
    "What the figures mean stands in [README.md](README.md).",
    [
      `- Command: \`${report.command}\``,
      `- Machine: ${report.machine}`,
      `- Date: ${report.date.slice(0, 10)}`,
      `- Rounds: ${report.rounds} of ${report.seconds} s, medians of them`,
    ].join("\n"),
    versions.join("\n"),
    renderTables(report),
  ].join("\n\n") + "\n";
}
