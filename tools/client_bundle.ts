/**
 * Writes the client library as one file for browsers and Node: `client_bundle.ts FILE...`. With
 * `--check` it writes nothing and fails when a file is not what the source makes of it.
 */

/** Stands at the top of the file. */
const header = `// The client library of @hawser/ws as one module, for a page without a build step:
// import { connect } from "./hawser_client.js". MIT License.
// Made from client/mod.ts by \`deno task client:bundle\`; do not edit.

`;

/**
 * Makes one module of the client and all that it imports.
 *
 * @param root The repository.
 * @returns Its source, the same for the same source and version of Deno.
 * @throws {Error} It cannot be bundled.
 */
export async function bundleClient(root: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "client/mod.ts"],
    cwd: root,
  }).output();
  if (!success) throw new Error(`Cannot bundle the client: ${new TextDecoder().decode(stderr)}`);
  return header + new TextDecoder().decode(stdout);
}

/**
 * Compares files with a bundle.
 *
 * @param bundle The expected content.
 * @param paths The files.
 * @returns The errors, one line each.
 */
export async function checkBundles(bundle: string, paths: readonly string[]): Promise<string[]> {
  const problems = await Promise.all(paths.map(async (path) => {
    const isCurrent = await Deno.readTextFile(path).then((text) => text === bundle, () => false);
    return isCurrent ? [] : [`${path} is not made from the client: run deno task client:bundle`];
  }));
  return problems.flat();
}

if (import.meta.main) {
  const paths = Deno.args.filter((arg) => arg !== "--check");
  const bundle = await bundleClient(".");
  if (Deno.args.includes("--check")) {
    const problems = await checkBundles(bundle, paths);
    // deno-lint-ignore no-console -- this is a program, and these lines are its result
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) Deno.exit(1);
  } else {
    for (const path of paths) {
      const end = path.lastIndexOf("/");
      if (end > 0) await Deno.mkdir(path.slice(0, end), { recursive: true });
      await Deno.writeTextFile(path, bundle);
    }
  }
}
