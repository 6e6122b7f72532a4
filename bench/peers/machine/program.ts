/** Other programs, run to their end. */

/** How a program has ended. */
export interface ProgramEnd {
  /** Whether it ended with 0. */
  readonly success: boolean;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/**
 * Runs a program.
 *
 * @param command The program and its arguments.
 * @returns How it has ended, or `undefined` where there is no such program.
 */
export async function runProgram(command: readonly string[]): Promise<ProgramEnd | undefined> {
  const [program = "", ...args] = command;
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
