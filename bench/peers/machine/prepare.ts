/** Finds out which servers can take part, and gets what they need. */

import { installPackages, MissingError } from "./install.ts";
import { type Load, loads } from "../loads.ts";
import type { ReadyPeer } from "../measure.ts";
import { type Peer, peers } from "../peers.ts";
import { runProgram } from "./program.ts";
import { StartError, startServer } from "./server_process.ts";

/** The servers that take part, and those that cannot. */
export interface Field {
  /** The servers, ours first. */
  readonly ready: readonly ReadyPeer[];
  /** The servers that cannot take part, and why. */
  readonly missing: readonly string[];
}

/**
 * Prepares every server that can do one of the loads.
 *
 * @param chosen The loads.
 * @returns Those that can be had and start.
 * @throws {StartError} Our own server does not start.
 */
export async function prepare(chosen: readonly Load[]): Promise<Field> {
  const ready: ReadyPeer[] = [];
  const missing: string[] = [];
  for (const peer of peers) {
    if (!chosen.some((load) => peer.can(load))) continue;
    try {
      ready.push(await prepareOne(peer));
    } catch (error) {
      const expected = error instanceof MissingError || error instanceof StartError;
      if (!expected || peer === peers[0]) throw error;
      missing.push(`${peer.label} takes no part: ${error.message}`);
    }
  }
  return { ready, missing };
}

/** A server that cannot be had and one that does not start, such as on an old Node, are alike. */
async function prepareOne(peer: Peer): Promise<ReadyPeer> {
  const modules = await installFor(peer);
  const load = loads.find((each) => peer.can(each))!;
  await using _server = await startServer({
    command: peer.command(load, modules),
    modules,
    core: undefined,
  });
  return { ...peer, modules };
}

/**
 * Gets a server's packages.
 *
 * @param server The server.
 * @returns The folder in which they are.
 * @throws {MissingError} npm, or the Node that runs it, is missing.
 */
export async function installFor(
  server: Pick<Peer, "name" | "packages" | "program">,
): Promise<string> {
  if (server.program === "node") await checkNode(server.program);
  return await installPackages(server.name, server.packages);
}

/** Where there is no Node, Deno puts itself in its place, whose version looks different. */
async function checkNode(program: string): Promise<void> {
  const end = await runProgram([program, "--version"]);
  if (end === undefined || !/^v\d/.test(end.stdout)) {
    throw new MissingError(`there is no ${program} on the path`);
  }
}
