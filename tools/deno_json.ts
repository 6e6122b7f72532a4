/** Deno's own information about a file, as JSON. */

/**
 * Runs Deno in a folder and reads the JSON that it prints.
 *
 * @throws {Error} It has failed; what it says about that goes to stderr.
 */
export async function readDenoJson<Result>(
  root: string,
  command: "doc" | "info",
  file: string,
): Promise<Result> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--json", file],
    cwd: root,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot read deno ${command} of ${file}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
