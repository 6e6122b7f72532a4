/** A report as a bar chart in SVG: each server's cost by ours, readable on light and dark pages. */

import { ratio, type Report } from "./report.ts";

/** A bar. */
interface Bar {
  /** Place of its server among the servers. */
  readonly server: number;
  /** The server's cost by ours. */
  readonly times: number;
  /** The cost itself, for people. */
  readonly text: string;
}

/** The bars of a load. */
interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** Sizes in pixels. */
const size = { width: 840, titles: 220, texts: 130, bar: 13, gap: 16, top: 72, margin: 24 };

/** A bar that is longer than so many times ours is cut, and says so. */
const longest = 4;

/** One for each server, ours first; told apart without colour vision by their lightness too. */
const palette = [
  { light: "#0b6bcb", dark: "#5aa9f8" },
  { light: "#37474f", dark: "#cfd8dc" },
  { light: "#c4681c", dark: "#f0a35e" },
  { light: "#78909c", dark: "#90a4ae" },
  { light: "#5b3f8c", dark: "#b39ddb" },
  { light: "#2e7d32", dark: "#81c784" },
  { light: "#ad1457", dark: "#f48fb1" },
] as const;

/**
 * Draws a report.
 *
 * @param report The report.
 * @returns SVG that follows the page's colour scheme.
 */
export function plot(report: Report): string {
  const groups = groupsOf(report);
  const heights = groups.map(({ bars }) => bars.length * size.bar + size.gap);
  const height = size.top + heights.reduce((sum, each) => sum + each, 0) + size.margin;
  const rows = groups.map((group, index) =>
    drawGroup(group, size.top + heights.slice(0, index).reduce((sum, each) => sum + each, 0))
  );
  const end = height - size.margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img"` +
    ` font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${escape(titleOf(report))}</title>`,
    `<style>${styleOf(report.servers.length)}</style>`,
    `<text x="${size.margin}" y="24" font-size="15" font-weight="600">` +
    `${escape(titleOf(report))}</text>`,
    legend(report),
    gridLine(1, end),
    ...rows,
    `<text class="quiet" x="${size.margin}" y="${height - 8}">` +
    `${escape(`${report.machine}; ${report.date.slice(0, 10)}`)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function titleOf({ servers }: Report): string {
  return `What each load costs a server, ${servers[0]?.label ?? "ours"} = 1; shorter is better`;
}

/** Loads that ours has no figure for cannot be compared. */
function groupsOf({ loads, servers }: Report): Group[] {
  const ours = servers[0]?.name ?? "";
  const groups = loads.map((load) => ({
    title: load.title,
    bars: servers.flatMap(({ name }, server): Bar[] => {
      const times = ratio(load, name, ours);
      if (times === undefined) return [];
      const cost = load.results[name]!.median.cost;
      const unit = load.unit.replace("us", "µs").replace(/\/.*/, "");
      return [{ server, times, text: `${cost.toPrecision(3)} ${unit}` }];
    }),
  }));
  return groups.filter(({ bars }) => bars.length > 0);
}

function drawGroup({ title, bars }: Group, top: number): string {
  const middle = top + bars.length * size.bar / 2 + 4;
  const name = `<text x="${size.titles - 8}" y="${middle}" text-anchor="end">` +
    `${escape(title)}</text>`;
  return [name, ...bars.map((bar, index) => drawBar(bar, top + index * size.bar))].join("\n");
}

function drawBar({ server, times, text }: Bar, top: number): string {
  const end = position(Math.min(times, longest));
  const remark = server === 0 ? text : `${text}, ${times.toFixed(2)}x`;
  const rectangle = `<rect class="s${server}" x="${size.titles}" y="${top}"` +
    ` width="${(end - size.titles).toFixed(1)}" height="${size.bar - 2}" rx="2"/>`;
  const label = `<text class="quiet" x="${(end + 5).toFixed(1)}" y="${top + 9}" font-size="10">` +
    `${times > longest ? "» " : ""}${escape(remark)}</text>`;
  return rectangle + label;
}

function position(times: number): number {
  return size.titles + (size.width - size.titles - size.texts) * times / longest;
}

function gridLine(times: number, end: number): string {
  const x = position(times).toFixed(1);
  return `<line class="grid" x1="${x}" x2="${x}" y1="${size.top - 8}" y2="${end - 8}"/>`;
}

function legend({ servers }: Report): string {
  const width = (size.width - 2 * size.margin) / Math.max(servers.length, 1);
  return servers.map(({ label }, index) => {
    const x = size.margin + index * width;
    return `<rect class="s${index}" x="${x}" y="40" width="11" height="11" rx="2"/>` +
      `<text x="${x + 16}" y="50">${escape(label)}</text>`;
  }).join("\n");
}

function styleOf(servers: number): string {
  const colours = (scheme: "light" | "dark") =>
    Array.from(
      { length: servers },
      (_, index) => `.s${index}{fill:${palette[index % palette.length]![scheme]}}`,
    ).join("");
  return `text{fill:#1f2328}.quiet{fill:#59636e}.grid{stroke:#59636e;stroke-opacity:.4}` +
    colours("light") +
    `@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}` +
    `.grid{stroke:#9198a1}${colours("dark")}}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
