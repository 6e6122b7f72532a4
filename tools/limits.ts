/**
 * Writes the tables of limits into SECURITY.md, from the options and constants of the code. With
 * `--check` it writes nothing, and fails where the page is not what it would write. Usage:
 * `limits.ts [--check] [ROOT]`.
 */

import { readConstants } from "./limits/constants.ts";
import { readOptions } from "./limits/options.ts";
import { constantTable, optionTable, replacePart } from "./limits/table.ts";

/** The result of a run. */
export interface LimitsPage {
  /** SECURITY.md as it is. */
  readonly current: string;
  /** SECURITY.md as it should be. */
  readonly written: string;
  /** The errors, one line each. */
  readonly faults: readonly string[];
}

/**
 * Writes the page anew, without storing it.
 *
 * @param root The folder of the package.
 */
export async function writeLimits(root: string): Promise<LimitsPage> {
  const current = await Deno.readTextFile(`${root}/SECURITY.md`);
  const { options, faults: optionFaults } = await readOptions(root);
  const { constants, faults: constantFaults } = readConstants(root);
  const withOptions = replacePart(current, "options", optionTable(options));
  const page = replacePart(withOptions, "constants", constantTable(constants));
  return {
    current,
    written: await format(page, root),
    faults: [...optionFaults, ...constantFaults],
  };
}

async function format(page: string, root: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(page));
  await input.close();
  const { success, stdout } = await output;
  if (!success) throw new Error("Cannot format SECURITY.md");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  const [root = "."] = Deno.args.filter((arg) => arg !== "--check");
  const { current, written, faults } = await writeLimits(root);
  const lines = [...faults];
  if (check && current !== written) {
    lines.push("SECURITY.md does not have the limits of the code: run deno task limits");
  }
  for (const line of lines) {
    // deno-lint-ignore no-console -- this is a program, and these lines are its result
    console.error(line);
  }
  if (lines.length > 0) Deno.exit(1);
  if (!check) await Deno.writeTextFile(`${root}/SECURITY.md`, written);
}
