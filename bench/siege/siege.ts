/** One row: a fresh server, honest clients, one flood, and a look at what it has done. */

import { startServer } from "../peers/machine/server_process.ts";
import type { AttackFigures } from "./attacker.ts";
import type { Flood } from "./floods/mod.ts";
import type { CrowdFigures } from "./honest/crowd.ts";
import { LineProgram } from "./lines.ts";
import { type ProcessFigures, readProcess, resetPeak } from "./figures/process_figures.ts";
import type { Besieged } from "./servers.ts";

/** The settings of all rows. */
export interface Means {
  /** Cores to keep the server and its clients apart. */
  readonly cores: { readonly server: number; readonly generator: number } | undefined;
  /** Honest clients. */
  readonly clients: number;
  /** Guests that come and go before anything is measured. */
  readonly guests: number;
  /** Seconds before the flood. */
  readonly quiet: number;
  /** Seconds of the flood. */
  readonly seconds: number;
  /** Seconds from the end of the flood to the last look. */
  readonly settle: number;
}

/** A server with its packages in place. */
export interface ReadyServer extends Besieged {
  /** Where they are. */
  readonly modules: string;
}

/** The results of one flood against one server. */
export interface Figures {
  /** Honest clients before the flood. */
  readonly quiet: CrowdFigures;
  /** Honest clients under it. */
  readonly loaded: CrowdFigures;
  /** Honest clients whose connection has ended by the last look. */
  readonly lost: number;
  /** CPU time of the server under the flood, as a share of one core. */
  readonly cpu: number;
  /** The server before the flood, after a collection of garbage where it is ours. */
  readonly before: ProcessFigures;
  /** The most resident memory up to the last look, in bytes. */
  readonly peak: number;
  /** Resident memory at the last look, garbage and all, in bytes. */
  readonly idle: number;
  /** The server at the last look, likewise; `undefined` where it has ended. */
  readonly after: ProcessFigures | undefined;
  /** The counts of the flood. */
  readonly attack: AttackFigures;
}

/** Seconds that a collection of garbage may take. */
const collecting = 1;

/** Seconds that pass unmeasured once everybody is in. */
const warmUp = 1;

/**
 * Lets a flood loose on a server.
 *
 * @param flood The flood.
 * @param server The server; a fresh one is started.
 * @param means The settings that all rows share.
 * @returns The figures.
 * @throws {StartError | ProgramEndedError} There are none.
 */
export async function besiege(flood: Flood, server: ReadyServer, means: Means): Promise<Figures> {
  const { modules } = server;
  const core = means.cores?.server;
  await using target = await startServer({ command: server.command(modules), modules, core });
  await using honest = startHonest(flood, server, target.port, means);
  await honest.next();
  await sleep(warmUp);
  await honest.ask();
  await sleep(means.quiet);
  const quiet = await honest.ask() as CrowdFigures;
  const before = await collect(server, target.pid);
  if (before === undefined) throw new Error(`${server.label} has ended before the flood`);
  await resetPeak(target.pid);
  await using attacker = startAttacker(flood, server, target.port, means);
  await attacker.next();
  const begun = performance.now();
  // The attacker's own start is no part of it.
  const first = await readProcess(target.pid);
  await honest.ask();
  const attack = await attacker.next() as AttackFigures;
  const loaded = await honest.ask() as CrowdFigures;
  const seconds = (performance.now() - begun) / 1_000;
  const last = await readProcess(target.pid);
  await sleep(means.settle);
  const idle = await readProcess(target.pid);
  const after = await collect(server, target.pid);
  const { lost } = await honest.ask() as CrowdFigures;
  return {
    quiet,
    loaded,
    lost: after === undefined ? means.clients : lost,
    cpu: ((last?.cpu ?? NaN) - (first?.cpu ?? NaN)) / seconds,
    before,
    peak: idle?.peak ?? NaN,
    idle: idle?.resident ?? NaN,
    after,
    attack,
  };
}

/** Looks at a server once it has collected its garbage; only ours can be asked to. */
async function collect({ isOurs }: Besieged, pid: number): Promise<ProcessFigures | undefined> {
  if (isOurs) {
    signal(pid);
    await sleep(collecting);
  }
  return await readProcess(pid);
}

function signal(pid: number): void {
  try {
    Deno.kill(pid, "SIGUSR2");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it has ended
  }
}

function startHonest(flood: Flood, { kind }: Besieged, port: number, means: Means): LineProgram {
  return LineProgram.start({
    path: "bench/siege/honest/main.ts",
    args: [
      ...["--port", String(port), "--kind", kind],
      ...["--clients", String(means.clients), "--guests", String(means.guests)],
      ...(flood.sharesAddress === true ? ["--newcomers-from", "127.0.0.1"] : []),
    ],
    core: means.cores?.generator,
  });
}

function startAttacker(flood: Flood, { kind }: Besieged, port: number, means: Means): LineProgram {
  return LineProgram.start({
    path: "bench/siege/attacker.ts",
    args: [
      ...["--flood", flood.name, "--port", String(port), "--kind", kind],
      ...["--seconds", String(means.seconds)],
    ],
    core: means.cores?.generator,
    nice: true,
  });
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
}
