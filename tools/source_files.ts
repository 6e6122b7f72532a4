/** Finds the files that the checks look at. */

/** Where source code is, as opposed to tests and benchmarks. */
export const sourcePaths: readonly string[] = [
  "mod.ts",
  "client",
  "examples",
  "protocol",
  "server",
  "tools",
  "wire",
];

/**
 * Lists files whose name fits: the given ones and all below the given folders, hidden files aside.
 * Paths are relative to `root`, those that do not exist are passed over.
 */
export function listFiles(root: string, paths: readonly string[], name: RegExp): string[] {
  return paths.flatMap((path) => {
    const info = statIfExists(`${root}/${path}`);
    if (info === undefined) return [];
    if (info.isFile) return name.test(path) ? [path] : [];
    const names = [...Deno.readDirSync(`${root}/${path}`)].map((entry) => entry.name).sort();
    const visible = names.filter((entry) => !entry.startsWith(".") && entry !== "node_modules");
    return listFiles(root, visible.map((entry) => `${path}/${entry}`), name);
  });
}

function statIfExists(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
