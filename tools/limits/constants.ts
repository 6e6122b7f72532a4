/** Finds the constants of the code that bound memory or time: those whose comment has `@limit`. */

import { listFiles } from "../source_files.ts";
import { parseNumber } from "./numbers.ts";

/** A constant. */
export interface LimitConstant {
  readonly name: string;
  /** The file in which it stands. */
  readonly path: string;
  readonly value: number;
  /** Its unit: `bytes`, `ms`, or a word for the table. */
  readonly unit: string;
  /** Its description. */
  readonly text: string;
  /** The consequence when it is passed. */
  readonly answer: string;
}

/** A comment in front of a constant at the beginning of a line. */
const pattern = /\/\*\*((?:(?!\*\/)[^])*)\*\/\n(?:export )?const (\w+)(?:: number)? =\s+([^;]+);/g;

/** `@limit messages: 413`: what it counts, and what happens. */
const tag = /@limit (\w+(?: \w+)*): ([^]*)$/;

/**
 * Reads the constants.
 *
 * @param root The folder of the package.
 * @returns Constants by path, and what is wrong.
 */
export function readConstants(
  root: string,
): { constants: readonly LimitConstant[]; faults: readonly string[] } {
  const constants: LimitConstant[] = [];
  const faults: string[] = [];
  for (const path of listFiles(root, ["protocol", "server", "client", "wire"], /\.ts$/)) {
    const source = Deno.readTextFileSync(`${root}/${path}`);
    for (const [, comment = "", name = "", expression = ""] of source.matchAll(pattern)) {
      const found = readConstant(comment, expression);
      if (typeof found === "string") faults.push(`${path}: ${name} ${found}`);
      else if (found !== undefined) constants.push({ name, path, ...found });
    }
    const tags = source.match(/@limit /g)?.length ?? 0;
    const read = constants.filter((constant) => constant.path === path).length;
    if (tags > read) faults.push(`${path}: an @limit does not stand in front of a constant`);
  }
  return { constants, faults };
}

function readConstant(
  comment: string,
  expression: string,
): Omit<LimitConstant, "name" | "path"> | string | undefined {
  const text = comment.replaceAll(/\s*\n \*/g, "").replaceAll(/\s+/g, " ").trim();
  if (!text.includes("@limit")) return undefined;
  const [match, unit = "", answer = ""] = tag.exec(text) ?? [];
  if (match === undefined) return `has an @limit that is not "@limit UNIT: ANSWER"`;
  const value = parseNumber(expression);
  if (value === undefined) return `has an @limit and is no number: ${expression}`;
  return { value, unit, text: text.slice(0, text.length - match.length).trim(), answer };
}
