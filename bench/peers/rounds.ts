/** The order of the runs: for each load all servers in turn, round after round (A B C A B C). */

import type { Load } from "./loads.ts";
import type { Sample } from "./sample.ts";
import { InvalidRunError } from "./sample.ts";
import { StartError } from "./server_process.ts";

/** Measures one server under one load, once. */
export type Measure<Server> = (server: Server, load: Load) => Promise<Sample>;

/** What all runs of one load have brought. */
export interface Rounds {
  /** By name of the server, one for each round. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Which servers have failed, and why. */
  readonly failures: readonly string[];
}

/**
 * Runs a load. A server that fails takes no further part in it.
 *
 * @param load The load.
 * @param servers Those that can do it.
 * @param rounds How many rounds.
 * @param measure Measures once.
 * @returns Samples of the servers that have not failed.
 */
export async function runRounds<Server extends { readonly name: string; readonly label: string }>(
  load: Load,
  servers: readonly Server[],
  rounds: number,
  measure: Measure<Server>,
): Promise<Rounds> {
  const samples = new Map<string, Sample[]>(servers.map(({ name }) => [name, []]));
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      const taken = samples.get(server.name);
      if (taken === undefined) continue;
      try {
        taken.push(await measure(server, load));
      } catch (error) {
        if (!(error instanceof InvalidRunError || error instanceof StartError)) throw error;
        samples.delete(server.name);
        failures.push(`${server.label}, ${load.name}: ${error.message}`);
      }
    }
  }
  return { samples, failures };
}
