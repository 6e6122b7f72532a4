/** Plans the floods of each server, and their order. */

import { installPackages, MissingError } from "../peers/machine/install.ts";
import { StartError } from "../peers/machine/server_process.ts";
import type { Flood } from "./floods/mod.ts";
import { judge } from "./figures/judge.ts";
import { ProgramEndedError } from "./lines.ts";
import { memoryLimit } from "./figures/memory.ts";
import { joinRounds } from "./figures/rounds.ts";
import type { Besieged } from "./servers.ts";
import { besiege, type Figures, type Means, type ReadyServer } from "./siege.ts";
import type { Row } from "./figures/tables.ts";

/**
 * Gets what the servers need.
 *
 * @param chosen The servers.
 * @returns Those whose packages can be had, and why others take no part.
 */
export async function prepare(
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

/** The results of a flood. */
export interface FloodResult {
  readonly rows: readonly Row[];
  /** Measurements that failed, and why. */
  readonly remarks: readonly string[];
}

/**
 * Lets a flood loose on each server that it means something to. They take turns, round after round.
 *
 * @param flood The flood.
 * @param ready The servers.
 * @param means The settings that all rows share, and the number of rounds.
 * @param report Takes a line on each run.
 * @returns A row for each server that could be measured.
 */
export async function runFlood(
  flood: Flood,
  ready: readonly ReadyServer[],
  means: Means & { readonly rounds: number },
  report: (line: string) => void,
): Promise<FloodResult> {
  const able = ready.filter((server) => takesPart(server, flood));
  const measured = new Map<ReadyServer, Figures[]>();
  const remarks: string[] = [];
  for (let round = 0; round < means.rounds; round++) {
    for (const server of able) {
      const name = `${flood.name}, ${server.label}`;
      try {
        const figures = await besiege(flood, server, means);
        measured.set(server, [...measured.get(server) ?? [], figures]);
        report(`${name}: p99 ${figures.loaded.latencies.p99.toFixed(1)} ms`);
      } catch (error) {
        if (!(error instanceof StartError || error instanceof ProgramEndedError)) throw error;
        remarks.push(`${name}: ${error.message}`);
      }
    }
  }
  const joined = [...measured].map(([server, rounds]) => [server, joinRounds(rounds)] as const);
  return { rows: judgeAll(flood, joined, means.clients), remarks };
}

/** Others are compared once: compressed only where the flood is, as the plain ones do better. */
function takesPart({ kind, isOurs }: Besieged, { against, comparable }: Flood): boolean {
  if (!against.includes(kind)) return false;
  return isOurs || comparable && (kind !== "deflate" || !against.includes("echo"));
}

/** Others are the standard, and ours are held against it. */
function judgeAll(
  flood: Flood,
  measured: readonly (readonly [server: ReadyServer, figures: Figures])[],
  clients: number,
): Row[] {
  const others = measured.filter(([{ isOurs }]) => !isOurs)
    .map(([, { loaded }]) => loaded.latencies.p99);
  const bestOther = others.length === 0 ? undefined : Math.min(...others);
  return measured.map(([server, figures]) => {
    const before = figures.before.resident;
    const memory = memoryLimit({ flood, kind: server.kind, clients, before });
    const faults = server.isOurs ? judge(figures, { bestOther, memory }) : [];
    return { flood, server, figures, faults };
  });
}
