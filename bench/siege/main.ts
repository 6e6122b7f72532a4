/** Floods our servers, and others beside them, and judges the service of honest clients. See README.md. */

// deno-lint-ignore-file no-console -- this is a program, and the table is its result

import { dirname } from "node:path";
import { helpText } from "../../examples/flags.ts";
import { readFlags } from "../peers/arguments.ts";
import { describeMachine, findCores } from "../peers/machine/machine.ts";
import { selectByName } from "../peers/select.ts";
import { prepare, runFlood } from "./campaign.ts";
import { floods } from "./floods/mod.ts";
import { servers } from "./servers.ts";
import { renderPage, renderRows, type Row } from "./figures/tables.ts";

const usage = "Usage: deno task siege [--floods GLOB]... [--servers GLOB]... [--results FILE] ...";

const flags = {
  floods: { type: "list", metavar: "GLOB", help: "Only these floods; * stands for anything" },
  servers: { type: "list", metavar: "GLOB", help: "Only these servers" },
  rounds: { type: "number", metavar: "N", help: "Rounds of each row", default: 1, max: 20 },
  seconds: { type: "number", metavar: "N", help: "Seconds of each flood", default: 5, max: 60 },
  quiet: { type: "number", metavar: "N", help: "Seconds before it", default: 3, max: 60 },
  settle: { type: "number", metavar: "N", help: "Seconds after it", default: 10, max: 60 },
  clients: { type: "number", metavar: "N", help: "Honest clients", default: 50, max: 250 },
  guests: {
    type: "number",
    metavar: "N",
    help: "Guests that come and go at first",
    default: 500,
    max: 5_000,
  },
  results: { type: "text", metavar: "FILE", help: "Write the page, such as docs/siege.md" },
  json: { type: "text", metavar: "FILE", help: "Write all figures" },
} as const;

/** The text for `--help`. */
function help(): string {
  const names = (list: readonly { readonly name: string }[]) =>
    list.map(({ name }) => name).join(", ");
  return `${helpText(usage, flags)}\n\nFloods: ${names(floods)}\nServers: ${names(servers)}`;
}

async function main(): Promise<number> {
  const values = readFlags(flags, help, (given) => ({
    ...given,
    floods: selectByName(floods, given.floods, "floods"),
    servers: selectByName(servers, given.servers, "servers"),
  }));
  Deno.chdir(new URL("../../", import.meta.url));
  const date = new Date().toISOString();
  const cores = await findCores();
  const { ready, missing } = await prepare(values.servers);
  const means = { ...values, cores };
  const rows: Row[] = [];
  const remarks = [...missing];
  for (const flood of values.floods) {
    const result = await runFlood(flood, ready, means, (line) => console.error(line));
    rows.push(...result.rows);
    remarks.push(...result.remarks);
  }
  const command = ["deno task siege", ...Deno.args].join(" ");
  const report = { command, machine: await describeMachine(), date, rows, remarks };
  console.log(renderRows(rows));
  for (const remark of remarks) console.log(`- ${remark}`);
  if (values.results !== undefined) await write(values.results, renderPage(report));
  if (values.json !== undefined) await write(values.json, JSON.stringify(report, null, 2) + "\n");
  const isComplete = remarks.length === missing.length;
  return isComplete && rows.every(({ faults }) => faults.length === 0) ? 0 : 1;
}

/** An hour of measurements must not be lost for want of a folder. */
async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

Deno.exit(await main());
