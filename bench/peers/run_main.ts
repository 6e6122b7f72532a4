/** Runs the main function of a program that measures. */

import { MissingError } from "./machine/install.ts";
import { StartError } from "./machine/server_process.ts";

/**
 * Runs a program and exits: with the status that it returns, or with 1 where a program that it needs
 * is missing or does not start.
 */
export async function runMain(main: () => Promise<number>): Promise<never> {
  try {
    Deno.exit(await main());
  } catch (error) {
    if (!(error instanceof MissingError || error instanceof StartError)) throw error;
    // deno-lint-ignore no-console -- this is a program
    console.error(`Cannot measure: ${error.message}`);
    Deno.exit(1);
  }
}
