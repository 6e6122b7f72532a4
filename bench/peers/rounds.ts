/** The order of the runs: for each load all servers in turn, round after round (A B C A B C). */

import { InvalidRunError } from "./results/sample.ts";
import { StartError } from "./machine/server_process.ts";

/** Measures one server under one load, once. */
export type Measure<Server, Load, Figures> = (server: Server, load: Load) => Promise<Figures>;

/** The results of all runs of one load. */
export interface Rounds<Figures> {
  /** By name of the server, one for each round. */
  readonly samples: ReadonlyMap<string, readonly Figures[]>;
  /** Which servers have failed, and why. */
  readonly failures: readonly string[];
}

/** A server or a load, by name. */
interface Named {
  readonly name: string;
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
export async function runRounds<
  Server extends Named & { readonly label: string },
  Load extends Named,
  Figures,
>(
  load: Load,
  servers: readonly Server[],
  rounds: number,
  measure: Measure<Server, Load, Figures>,
): Promise<Rounds<Figures>> {
  const samples = new Map<string, Figures[]>(servers.map(({ name }) => [name, []]));
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
