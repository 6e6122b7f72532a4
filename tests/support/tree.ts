/** Small trees of files for tests of the tools. */

import { dirname } from "node:path";

/** Calls `run` with a folder that holds `files`, by their paths, and removes it afterwards. */
export async function withTree(
  files: Record<string, string>,
  run: (root: string) => void | Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${dirname(path)}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, content);
    }
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
