/** Why a load cannot run on this machine. */

import type { Load } from "../loads.ts";

/** Files that a program has open besides its connections. */
const otherFiles = 100;

/** The resources of the machine. */
export interface Means {
  /** Whether the generator speaks TLS and permessage-deflate. */
  readonly full: boolean;
  /** Files that one process may open. */
  readonly files: number;
}

/**
 * Says why a load cannot run.
 *
 * @param load The load.
 * @param means The resources of the machine.
 * @returns A reason and what to do, or `undefined` when it can.
 */
export function obstacle(load: Load, { full, files }: Means): string | undefined {
  if (!full && (load.tls === true || load.compress === true)) {
    return "The load generator was built without OpenSSL and zlib: " +
      "install their headers, such as by apt-get install libssl-dev zlib1g-dev";
  }
  const needed = load.connections + otherFiles;
  return files < needed
    ? `The limit of open files is ${files}: raise it to ${needed}, such as by ulimit -n`
    : undefined;
}
