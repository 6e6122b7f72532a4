/** Measures an application in one thread, in one worker and in two. See bench/README.md. */

// deno-lint-ignore-file no-console -- this is a program, and the tables are its result

import { readArguments } from "../peers/arguments.ts";
import { freePort } from "../peers/features/free_port.ts";
import { buildGenerator, buildProgram } from "../peers/machine/install.ts";
import { describeMachine } from "../peers/machine/machine.ts";
import { runProgram } from "../peers/machine/program.ts";
import { runMain } from "../peers/run_main.ts";
import { runRounds } from "../peers/rounds.ts";
import { InvalidRunError } from "../peers/results/sample.ts";
import { type ServerProcess, startServer } from "../peers/machine/server_process.ts";
import { median } from "../peers/results/statistics.ts";
import { table } from "../peers/results/tables.ts";
import { parseSample } from "./sample.ts";

const usage = "Usage: deno task bench:workers [--rounds N] [--seconds S]";

/** The figures of one run. */
interface Figures {
  readonly perSecond: number;
  /** CPU time of the server for a message that a client gets, in microseconds. */
  readonly cost: number;
  /** Cores that the server and the generator have taken. */
  readonly serverCores: number;
  readonly generatorCores: number;
  readonly differing: number;
}

interface Load {
  readonly name: string;
  readonly title: string;
  run(server: ServerProcess, seconds: number): Promise<Figures>;
}

const setups = [
  { name: "none", label: "No workers", workers: 0 },
  { name: "one", label: "One worker", workers: 1 },
  { name: "two", label: "Two workers", workers: 2 },
];

const loads: readonly Load[] = [
  echo("echo", "Echo of a JSON event, 64 clients", 1),
  echo("echo-p16", "The same, 16 in flight each", 16),
  room("room", "Room of 200, 4 speak, 1 in flight each", 1),
  room("room-p16", "The same, 16 in flight each", 16),
];

function echo(name: string, title: string, inFlight: number): Load {
  return {
    name,
    title,
    async run({ port, pid }, seconds) {
      const { path } = await buildGenerator();
      const text = JSON.stringify({ type: "echo", text: "Casting off at noon, tide permitting" });
      const run = JSON.parse(
        await generate([
          path,
          ...["--mode", "echo", "-c", "64", "-p", `${inFlight}`, "--text", text],
          ...["--port", `${port}`, "--pid", `${pid}`, "-d", `${seconds}`],
        ]),
      );
      if (run.bad > 0 || run.dead > 0 || run.msgs === 0) {
        throw new InvalidRunError(`${run.bad} answers were wrong, ${run.dead} connections lost`);
      }
      return {
        perSecond: run.msgs_per_s,
        cost: run.server_cpu_s * 1e6 / run.msgs,
        serverCores: run.server_cpu_s / run.window_s,
        generatorCores: run.self_cpu_s / run.window_s,
        differing: 0,
      };
    },
  };
}

function room(name: string, title: string, inFlight: number): Load {
  return {
    name,
    title,
    async run({ port, pid }, seconds) {
      const path = await buildProgram("roomload", "bench/scale/roomload.c");
      const line = await generate([
        path,
        ...["--port", `${port}`, "--pid", `${pid}`, "-d", `${seconds}`],
        ...["-c", "200", "-n", "4", "-p", `${inFlight}`],
        ...["--hello", JSON.stringify({ type: "enter" })],
        ...["--text", JSON.stringify({ type: "say", text: "@######## Casting off at noon" })],
      ]);
      const { perSecond, cost, differing, generatorLoad } = parseSample(line, 200);
      return {
        perSecond,
        cost,
        serverCores: cost * perSecond * 200 / 1e6,
        generatorCores: generatorLoad,
        differing,
      };
    },
  };
}

async function generate(command: readonly string[]): Promise<string> {
  const end = await runProgram(command);
  if (end?.success !== true) throw new InvalidRunError(`Generator: ${end?.stderr.trim()}`);
  return end.stdout;
}

async function measure(workers: number, load: Load, seconds: number): Promise<Figures> {
  const run = ["run", "--quiet", "--no-check", "--no-prompt", "--allow-net", "--allow-read"];
  await using server = await startServer({
    command: [
      Deno.execPath(),
      ...[...run, "--allow-env", "bench/scale/servers/workers.ts"],
      ...["--port", `${freePort()}`, "--workers", `${workers}`],
    ],
    modules: "",
    core: undefined,
  });
  return await load.run(server, seconds);
}

function render(title: string, samples: ReadonlyMap<string, readonly Figures[]>): string {
  const rows = setups.flatMap(({ name, label }) => {
    const taken = samples.get(name);
    if (taken === undefined) return [];
    const of = (figure: keyof Figures) => median(taken.map((each) => each[figure]));
    return [[
      label,
      Math.round(of("perSecond")).toLocaleString("en-US"),
      of("cost").toFixed(2),
      of("serverCores").toFixed(2),
      of("generatorCores").toFixed(2),
      `${(100 * of("differing")).toFixed(1)} %`,
    ]];
  });
  const headings = ["Messages/s", "CPU, us", "Server's cores", "Generator's", "Places that differ"];
  return table([[title, ...headings], ...rows]);
}

async function main(): Promise<number> {
  const { rounds, seconds } = readArguments(usage, {}, (values) => values);
  Deno.chdir(new URL("../../", import.meta.url));
  const tables: string[] = [];
  const remarks: string[] = [];
  for (const load of loads) {
    const { samples, failures } = await runRounds(load, setups, rounds, ({ label, workers }) => {
      console.error(`${load.title}: ${label}`);
      return measure(workers, load, seconds);
    });
    tables.push(render(load.title, samples));
    remarks.push(...failures);
  }
  console.log([
    `- Command: \`${["deno task bench:workers", ...Deno.args].join(" ")}\``,
    `- Machine: ${await describeMachine()}`,
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Rounds: ${rounds} of ${seconds} s, medians of them`,
    ...remarks.map((remark) => `- ${remark}`),
  ].join("\n"));
  console.log(`\n${tables.join("\n\n")}`);
  return 0;
}

await runMain(main);
