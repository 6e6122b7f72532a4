/** Which version of a server took part, and on which runtime. */

import config from "../../../deno.json" with { type: "json" };
import type { Peer } from "../peers.ts";
import { runProgram } from "./program.ts";

/**
 * Names a server's version.
 *
 * @param peer The server.
 * @returns For people to read.
 */
export async function versionOf(
  { name, packages, program }: Pick<Peer, "name" | "packages" | "program">,
): Promise<string> {
  if (name.startsWith("hawser")) return `${config.version} on Deno ${Deno.version.deno}`;
  if (packages.length === 0 && program === undefined) return `Deno ${Deno.version.deno}`;
  const runtime = program === undefined ? undefined : await runProgram([program, "--version"]);
  const suffix = runtime === undefined ? "" : `${program} ${runtime.stdout.trim()}`;
  return [packages.join(", "), suffix].filter((text) => text !== "").join(" on ");
}
