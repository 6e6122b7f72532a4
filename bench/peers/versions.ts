/** Which version of a server took part, and on which runtime. */

import config from "../../deno.json" with { type: "json" };
import type { Peer } from "./peers.ts";

/**
 * Names a server's version.
 *
 * @param peer The server.
 * @returns For people to read.
 */
export function versionOf({ name, packages, program }: Peer): string {
  const runtime = program === undefined ? "" : ` on ${program} ${programVersion(program)}`;
  if (name === "hawser") return `${config.version} on Deno ${Deno.version.deno}`;
  if (packages.length === 0) return `Deno ${Deno.version.deno}`;
  return packages.join(", ") + runtime;
}

function programVersion(program: string): string {
  const { stdout } = new Deno.Command(program, { args: ["--version"] }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}
