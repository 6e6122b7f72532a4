/** Measures rooms over two nodes and one Redis, beside Socket.IO's adapters. See bench/README.md. */

// deno-lint-ignore-file no-console -- this is a program, and the tables are its result

import { readArguments } from "../peers/arguments.ts";
import { buildProgram } from "../peers/machine/install.ts";
import { describeMachine } from "../peers/machine/machine.ts";
import { installFor } from "../peers/machine/prepare.ts";
import { medianSample } from "../peers/results/statistics.ts";
import { runMain } from "../peers/run_main.ts";
import { runRounds } from "../peers/rounds.ts";
import { selectByName } from "../peers/select.ts";
import { versionOf } from "../peers/machine/versions.ts";
import { contenders } from "./contenders.ts";
import { loads } from "./loads.ts";
import { type Bench, measure, type ReadyContender } from "./measure.ts";
import type { Sample } from "./sample.ts";
import { type LoadResult, renderTables } from "./tables.ts";

const usage = "Usage: deno task bench:scale [--rounds N] [--seconds S] [--loads GLOB]... " +
  "[--servers GLOB]... [--json FILE]";

const flags = {
  loads: { type: "list", help: "Only these loads; * stands for anything" },
  servers: { type: "list", help: "Only these servers" },
  json: { type: "text", help: "Write all samples to this file" },
} as const;

async function main(): Promise<number> {
  const { rounds, seconds, json, ...chosen } = readArguments(usage, flags, (values) => ({
    ...values,
    loads: selectByName(loads, values.loads, "loads"),
    servers: selectByName(contenders, values.servers, "servers"),
  }));
  Deno.chdir(new URL("../../", import.meta.url));
  const generator = await buildProgram("roomload", "bench/scale/roomload.c");
  const servers: ReadyContender[] = [];
  for (const each of chosen.servers) {
    servers.push({ ...each, modules: await installFor(each) });
  }
  const bench: Bench = { generator, seconds };
  const results: LoadResult[] = [];
  const all: Record<string, Record<string, readonly Sample[]>> = {};
  const remarks: string[] = [];
  for (const load of chosen.loads) {
    const { samples, failures } = await runRounds(load, servers, rounds, (server) => {
      console.error(`${load.title}: ${server.label}`);
      return measure(server, load, bench);
    });
    const named = servers.flatMap(({ name, label }) => {
      const taken = samples.get(name);
      return taken === undefined ? [] : [[label, taken] as const];
    });
    results.push({
      load,
      medians: new Map(named.map(([label, each]) => [label, medianSample(each)])),
    });
    all[load.name] = Object.fromEntries(named);
    remarks.push(...failures);
  }
  console.log([
    `- Command: \`${["deno task bench:scale", ...Deno.args].join(" ")}\``,
    `- Machine: ${await describeMachine()}`,
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Rounds: ${rounds} of ${seconds} s, medians of them`,
    ...await Promise.all(servers.map(async (each) => `- ${each.label}: ${await versionOf(each)}`)),
    ...remarks.map((remark) => `- ${remark}`),
  ].join("\n"));
  console.log(`\n${renderTables(results)}`);
  if (json !== undefined) await Deno.writeTextFile(json, JSON.stringify(all, null, 2) + "\n");
  return 0;
}

await runMain(main);
