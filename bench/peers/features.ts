/** Prints the table of features in the README. */

// deno-lint-ignore-file no-console -- this is a program, and the table is its result

import { prepareContenders } from "./features/prepare.ts";
import { fillCell, type Row, rows } from "./features/rows.ts";
import type { ReadyContender } from "./features/start.ts";
import { MissingError } from "./machine/install.ts";
import { StartError } from "./machine/server_process.ts";
import { table } from "./results/tables.ts";

/** Finds out one cell; what stands in the way is said, and leaves a gap. */
async function fill(row: Row, contender: ReadyContender): Promise<string> {
  try {
    return await fillCell(row, contender);
  } catch (error) {
    if (!(error instanceof MissingError || error instanceof StartError)) throw error;
    console.error(`${row.title}: ${contender.label} was left out: ${error.message}`);
    return "-";
  }
}

async function fillColumn(contender: ReadyContender): Promise<string[]> {
  console.error(`${contender.label}: ${contender.version}`);
  const cells: string[] = [];
  for (const row of rows) cells.push(await fill(row, contender));
  return [contender.label, ...cells];
}

Deno.chdir(new URL("../../", import.meta.url));
const { ready, missing } = await prepareContenders();
for (const line of missing) console.error(line);
// Most of the time is spent in waiting for what does not come.
const columns = await Promise.all(ready.map(fillColumn));
const names = ["", ...rows.map(({ title }) => title)];
console.log(table(names.map((name, index) => [name, ...columns.map((column) => column[index]!)])));
