/** Writes the limits as Markdown, and puts them into a page. */

import type { LimitConstant } from "./constants.ts";
import { formatNumber, parseNumber, unitOf } from "./numbers.ts";
import type { LimitOption } from "./options.ts";

/** The markers around a generated part of a page. */
function markers(name: string): readonly [begin: string, end: string] {
  return [`<!-- ${name}: written by deno task limits -->`, `<!-- end of ${name} -->`];
}

/** Writes the table of options, owner by owner; options of options come last. */
export function optionTable(options: readonly LimitOption[]): string {
  const owners = [...new Set(options.map(({ owner }) => owner))];
  const sorted = options.toSorted((a, b) =>
    owners.indexOf(a.owner) - owners.indexOf(b.owner) ||
    Number(a.name.includes(".")) - Number(b.name.includes("."))
  );
  const rows = sorted.map(({ name, owner, text, default: value }) => {
    const number = parseNumber(value);
    const shown = number === undefined ? words(value) : formatNumber(number, unitOf(name));
    return [code(name), code(owner), shown, text];
  });
  return table([["Option", "Of", "Default", "What it bounds, and what happens"], ...rows]);
}

/** Writes the table of constants. */
export function constantTable(constants: readonly LimitConstant[]): string {
  const rows = constants.map(({ text, value, unit, answer, name, path }) => {
    const shown = unit === "bytes" || unit === "ms"
      ? formatNumber(value, unit)
      : `${formatNumber(value, "count")} ${unit}`;
    return [text, shown, answer, code(name) + ` in ${code(path)}`];
  });
  return table([["What it bounds", "Value", "When passed", "Constant"], ...rows]);
}

/**
 * Replaces a generated part of a page.
 *
 * @param page The page.
 * @param name Names the part.
 * @param content The new content.
 * @throws {Error} The page has no such part.
 */
export function replacePart(page: string, name: string, content: string): string {
  const [begin, end] = markers(name);
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`Cannot find "${begin}" and "${end}"`);
  return `${page.slice(0, start)}${begin}\n\n${content}\n\n${page.slice(stop)}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A default that is no number: a value of the code, or what its documentation says. */
function words(value: string): string {
  return /^(true|false|".*")$|[*]/.test(value) ? code(value) : value;
}

function table(rows: readonly (readonly string[])[]): string {
  const [heading = []] = rows;
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.slice(1).map(line)].join("\n");
}
