/** Bundles for other runtimes. */

const root = new URL("../../", import.meta.url);

/**
 * Makes one file of a module and all that it imports.
 *
 * @param path Path of the module in this project.
 * @param platform Where it is to run; what is for Deno runs in Node, too.
 * @returns Its source.
 */
export async function bundle(path: string, platform: "browser" | "deno"): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", platform, path],
    cwd: root,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
