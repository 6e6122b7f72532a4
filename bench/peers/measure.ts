/** One run: a fresh server, the generator against it, the figures. */

import { certificateFiles } from "./machine/certificate.ts";
import type { Generator } from "./machine/install.ts";
import { generatorArgs, type Load } from "./loads.ts";
import { pinned } from "./machine/machine.ts";
import type { Peer } from "./peers.ts";
import { runProgram } from "./machine/program.ts";
import { InvalidRunError, parseSample, type Sample } from "./results/sample.ts";
import { startServer } from "./machine/server_process.ts";

/** The settings that all runs share. */
export interface Bench {
  /** The load generator. */
  readonly generator: Generator;
  /** Cores to keep server and generator apart. */
  readonly cores: { readonly server: number; readonly generator: number } | undefined;
  /** Seconds to count. */
  readonly seconds: number;
  /** Seconds before that. */
  readonly warmUp: number;
}

/** A server with its packages in place. */
export interface ReadyPeer extends Peer {
  /** Where they are. */
  readonly modules: string;
}

/**
 * Measures once.
 *
 * @param peer The server.
 * @param load The load.
 * @param bench The settings that all runs share.
 * @returns The figures.
 * @throws {StartError | InvalidRunError} There are none.
 */
export async function measure(peer: ReadyPeer, load: Load, bench: Bench): Promise<Sample> {
  const { modules } = peer;
  const tls = load.tls === true ? await certificateFlags() : [];
  await using server = await startServer({
    command: [...peer.command(load, modules), ...tls],
    modules,
    core: bench.cores?.server,
  });
  const flags = [
    ...generatorArgs(load, peer.dialect),
    ...["--port", String(server.port), "--pid", String(server.pid)],
    ...["-d", String(bench.seconds), "-w", String(load.warmUp ?? bench.warmUp)],
  ];
  const line = await generate(pinned([bench.generator.path, ...flags], bench.cores?.generator));
  return parseSample(line, { unit: load.unit, compress: load.compress === true });
}

async function certificateFlags(): Promise<string[]> {
  const { cert, key } = await certificateFiles();
  return ["--cert", cert, "--key", key];
}

async function generate(command: readonly string[]): Promise<string> {
  const end = await runProgram(command);
  if (end?.success === true) return end.stdout;
  throw new InvalidRunError(`Load generator failed: ${end?.stderr.trim().split("\n").at(-1)}`);
}
