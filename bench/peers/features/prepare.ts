/** Finds out which contenders can take part, and gets what they need. */

import { MissingError } from "../machine/install.ts";
import { installFor } from "../machine/prepare.ts";
import { runProgram } from "../machine/program.ts";
import { versionOf } from "../machine/versions.ts";
import { type Contender, contenders } from "./contenders.ts";
import type { ReadyContender } from "./start.ts";

/** The servers that take part, and those that cannot. */
export interface ContenderField {
  /** The servers, ours first. */
  readonly ready: readonly ReadyContender[];
  /** The servers that cannot take part, and why. */
  readonly missing: readonly string[];
}

/**
 * Prepares every contender.
 *
 * @returns Those that can be had.
 */
export async function prepareContenders(): Promise<ContenderField> {
  const ready: ReadyContender[] = [];
  const missing: string[] = [];
  for (const contender of contenders) {
    try {
      const version = await contenderVersion(contender);
      ready.push({ ...contender, version, modules: await installFor(contender) });
    } catch (error) {
      if (!(error instanceof MissingError)) throw error;
      missing.push(`${contender.label} takes no part: ${error.message}`);
    }
  }
  return { ready, missing };
}

/** A program that is no package prints its version itself. */
async function contenderVersion(contender: Contender): Promise<string> {
  const { packages, program } = contender;
  if (program === undefined || packages.length > 0) return await versionOf(contender);
  const end = await runProgram([program, "version"]);
  if (end === undefined) throw new MissingError(`there is no ${program} on the path`);
  return end.stdout.trim();
}
