/** The arguments of programs that measure. */

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
 * Reads the arguments of a program that measures in rounds, or ends the program.
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
  return readFlags({ ...roundFlags, ...flags }, () => usage, (values) => {
    if (values.rounds === 0 || values.seconds === 0) {
      throw new FlagError("--rounds and --seconds must be at least 1");
    }
    return choose(values);
  });
}

/**
 * Reads the arguments, or ends the program.
 *
 * @param flags The flags of the program.
 * @param help Makes the text that is printed for `--help`.
 * @param choose Makes of the values what the program works with; a `RangeError` is the user's.
 */
export function readFlags<F extends Flags, T>(
  flags: F,
  help: () => string,
  choose: (values: FlagValues<F>) => T,
): T {
  try {
    const values = parseFlags(flags, { args: Deno.args, env: () => undefined });
    if (values !== "help") return choose(values);
    console.log(help());
    Deno.exit(0);
  } catch (error) {
    if (error instanceof FlagError || error instanceof RangeError) usageError(error.message);
    throw error;
  }
}
