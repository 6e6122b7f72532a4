/** Measures our server beside others, in one run, and prints the tables. See bench/README.md. */

// deno-lint-ignore-file no-console -- this is a program, and the tables are its result

import { readArguments } from "./arguments.ts";
import { buildGenerator } from "./machine/install.ts";
import { type Load, selectLoads } from "./loads.ts";
import { describeMachine, findCores, readFileLimit } from "./machine/machine.ts";
import { type Bench, measure, type ReadyPeer } from "./measure.ts";
import { type Means, obstacle } from "./machine/obstacles.ts";
import { prepare } from "./machine/prepare.ts";
import { type LoadResult, type Report, summarize } from "./results/report.ts";
import { runMain } from "./run_main.ts";
import { runRounds } from "./rounds.ts";
import type { Sample } from "./results/sample.ts";
import { renderPage, renderTables } from "./results/tables.ts";
import { versionOf } from "./machine/versions.ts";

const usage = "Usage: deno task bench:peers [--rounds N] [--seconds S] [--loads GLOB]... " +
  "[--json FILE] [--results FILE]";

const flags = {
  loads: { type: "list", help: "Only these loads; * stands for anything" },
  json: { type: "text", help: "Write the report to this file" },
  results: { type: "text", help: "Write the tables to this file, such as bench/RESULTS.md" },
} as const;

/** Runs all loads that can run. */
async function runLoads(
  chosen: readonly Load[],
  servers: readonly ReadyPeer[],
  rounds: number,
  bench: Bench,
  means: Means,
): Promise<{ loads: LoadResult[]; remarks: string[] }> {
  const loads: LoadResult[] = [];
  const remarks: string[] = [];
  const measureAloud = async (server: ReadyPeer, load: Load): Promise<Sample> => {
    console.error(`${load.title}: ${server.label}`);
    return await measure(server, load, bench);
  };
  for (const load of chosen) {
    const reason = obstacle(load, means);
    if (reason !== undefined) {
      remarks.push(`${load.title} was left out: ${reason}`);
      continue;
    }
    const able = servers.filter((server) => server.can(load));
    const { samples, failures } = await runRounds(load, able, rounds, measureAloud);
    loads.push(summarize(load, samples));
    remarks.push(...failures);
  }
  return { loads, remarks };
}

async function main(): Promise<number> {
  const { rounds, seconds, chosen, json, results } = readArguments(usage, flags, (values) => (
    { ...values, chosen: selectLoads(values.loads) }
  ));
  Deno.chdir(new URL("../../", import.meta.url));
  const date = new Date().toISOString();
  const generator = await buildGenerator();
  const cores = await findCores();
  const { ready, missing } = await prepare(chosen);
  const means = { full: generator.full, files: (await readFileLimit()).hard };
  const bench = { generator, cores, seconds, warmUp: 1 };
  const unpinned = "Server and generator were not kept apart: taskset or a second core is missing";
  const { loads, remarks } = await runLoads(chosen, ready, rounds, bench, means);
  const report: Report = {
    date,
    command: ["deno task bench:peers", ...Deno.args].join(" "),
    machine: await describeMachine(),
    rounds,
    seconds,
    servers: await Promise.all(ready.map(async (peer) => ({
      name: peer.name,
      label: peer.label,
      version: await versionOf(peer),
    }))),
    loads,
    remarks: [...missing, ...(cores === undefined ? [unpinned] : []), ...remarks],
  };
  console.log(renderTables(report));
  if (json !== undefined) await Deno.writeTextFile(json, JSON.stringify(report, null, 2) + "\n");
  if (results !== undefined) await Deno.writeTextFile(results, renderPage(report));
  return loads.every((load) => "hawser" in load.results) ? 0 : 1;
}

await runMain(main);
