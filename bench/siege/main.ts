/** Floods our servers, and others beside them, and judges what honest clients feel. See README.md. */

// deno-lint-ignore-file no-console -- this is a program, and the table is its result

import { FlagError, helpText, parseFlags, usageError } from "../../examples/flags.ts";
import { installPackages, MissingError } from "../peers/install.ts";
import { describeMachine, findCores } from "../peers/machine.ts";
import { selectByName } from "../peers/select.ts";
import { StartError } from "../peers/server_process.ts";
import { type Flood, floods } from "./floods/mod.ts";
import { judge } from "./judge.ts";
import { ProgramEndedError } from "./lines.ts";
import { memoryLimit } from "./memory.ts";
import { type Besieged, servers } from "./servers.ts";
import { besiege, type Figures, type Means, type ReadyServer } from "./siege.ts";
import { renderPage, renderRows, type Row } from "./tables.ts";

const usage = "Usage: deno task siege [--floods GLOB]... [--servers GLOB]... [--results FILE] ...";

const flags = {
  floods: { type: "list", metavar: "GLOB", help: "Only these floods; * stands for anything" },
  servers: { type: "list", metavar: "GLOB", help: "Only these servers" },
  seconds: { type: "number", metavar: "N", help: "Seconds of each flood", default: 5, max: 60 },
  quiet: { type: "number", metavar: "N", help: "Seconds before it", default: 3, max: 60 },
  settle: { type: "number", metavar: "N", help: "Seconds after it", default: 10, max: 60 },
  clients: { type: "number", metavar: "N", help: "Honest clients", default: 50, max: 250 },
  results: { type: "text", metavar: "FILE", help: "Write the page, such as docs/siege.md" },
  json: { type: "text", metavar: "FILE", help: "Write all figures" },
} as const;

/** Reads the arguments, or ends the program. */
function readArguments() {
  try {
    const values = parseFlags(flags, { args: Deno.args, env: () => undefined });
    if (values === "help") {
      const names = (list: readonly { readonly name: string }[]) =>
        list.map(({ name }) => name).join(", ");
      console.log(helpText(usage, flags));
      console.log(`\nFloods: ${names(floods)}\nServers: ${names(servers)}`);
      Deno.exit(0);
    }
    return {
      ...values,
      floods: selectByName(floods, values.floods, "floods"),
      servers: selectByName(servers, values.servers, "servers"),
    };
  } catch (error) {
    if (error instanceof FlagError || error instanceof RangeError) usageError(error.message);
    throw error;
  }
}

/** The servers whose packages can be had. */
async function prepare(
  chosen: readonly Besieged[],
): Promise<{ ready: readonly ReadyServer[]; missing: readonly string[] }> {
  const ready: ReadyServer[] = [];
  const missing: string[] = [];
  for (const server of chosen) {
    try {
      const modules = await installPackages(server.name.split("-")[0]!, server.packages);
      ready.push({ ...server, modules });
    } catch (error) {
      if (!(error instanceof MissingError)) throw error;
      missing.push(`${server.label} takes no part: ${error.message}`);
    }
  }
  return { ready, missing };
}

/** Floods each server that the flood means something to; those of others first, as the standard. */
async function runFlood(
  flood: Flood,
  ready: readonly ReadyServer[],
  means: Means,
): Promise<{ rows: Row[]; remarks: string[] }> {
  const measured: [server: ReadyServer, figures: Figures][] = [];
  const remarks: string[] = [];
  for (const server of ready) {
    if (!flood.against.includes(server.kind) || !server.isOurs && !flood.comparable) continue;
    console.error(`${flood.name}: ${server.label}`);
    try {
      measured.push([server, await besiege(flood, server, means)]);
    } catch (error) {
      if (!(error instanceof StartError || error instanceof ProgramEndedError)) throw error;
      remarks.push(`${flood.name}, ${server.label}: ${error.message}`);
    }
  }
  const others = measured.filter(([{ isOurs }]) => !isOurs)
    .map(([, { loaded }]) => loaded.latencies.p99);
  const standard = {
    bestOther: others.length === 0 ? undefined : Math.min(...others),
    memory: memoryLimit(flood, means.clients),
  };
  const rows = measured.map(([server, figures]) => ({
    flood,
    server,
    figures,
    faults: server.isOurs ? judge(figures, standard) : [],
  }));
  return { rows, remarks };
}

async function main(): Promise<number> {
  const values = readArguments();
  Deno.chdir(new URL("../../", import.meta.url));
  const date = new Date().toISOString();
  const cores = await findCores();
  const { ready, missing } = await prepare(values.servers);
  const means: Means = { ...values, cores };
  const rows: Row[] = [];
  const remarks = [...missing];
  for (const flood of values.floods) {
    const result = await runFlood(flood, ready, means);
    rows.push(...result.rows);
    remarks.push(...result.remarks);
  }
  const command = ["deno task siege", ...Deno.args].join(" ");
  const report = { command, machine: await describeMachine(), date, rows, remarks };
  console.log(renderRows(rows));
  for (const remark of remarks) console.log(`- ${remark}`);
  if (values.results !== undefined) await Deno.writeTextFile(values.results, renderPage(report));
  if (values.json !== undefined) {
    await Deno.writeTextFile(values.json, JSON.stringify(report, null, 2) + "\n");
  }
  const isComplete = remarks.length === missing.length;
  return isComplete && rows.every(({ faults }) => faults.length === 0) ? 0 : 1;
}

Deno.exit(await main());
