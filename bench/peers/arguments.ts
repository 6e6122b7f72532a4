/** The arguments of the programs that measure in rounds. */

// deno-lint-ignore-file no-console -- these are programs

import {
  FlagError,
  type Flags,
  type FlagValues,
  parseFlags,
  usageError,
} from "../../examples/flags.ts";

/** How often and how long each load is measured. */
export const roundFlags = {
  rounds: { type: "number", help: "Rounds of each load", default: 3, max: 100 },
  // The generator answers no ping: a longer run would be taken for dead.
  seconds: { type: "number", help: "Seconds that are counted in each", default: 3, max: 30 },
} as const;

/**
 * Reads the arguments, or ends the program.
 *
 * @param usage Printed for `--help`.
 * @param flags The flags besides those of rounds.
 * @param choose Makes of the values what the program works with; a `RangeError` is the user's.
 */
export function readArguments<F extends Flags, T>(
  usage: string,
  flags: F,
  choose: (values: FlagValues<typeof roundFlags & F>) => T,
): T {
  try {
    const values = parseFlags({ ...roundFlags, ...flags }, {
      args: Deno.args,
      env: () => undefined,
    });
    if (values === "help") {
      console.log(usage);
      Deno.exit(0);
    }
    if (values.rounds === 0 || values.seconds === 0) {
      throw new FlagError("--rounds and --seconds must be at least 1");
    }
    return choose(values);
  } catch (error) {
    if (error instanceof FlagError || error instanceof RangeError) usageError(error.message);
    throw error;
  }
}
