import { assertEquals } from "@std/assert";
import { listFiles } from "../../tools/source_files.ts";
import { withTree } from "../support/tree.ts";

Deno.test("listFiles() lists given files and those below given folders, by name", async () => {
  const files = { "mod.ts": "", "a/c.ts": "", "a/b/d.ts": "", "a/b.md": "", "other/e.ts": "" };
  await withTree(files, (root) => {
    assertEquals(listFiles(root, ["mod.ts", "a", "none"], /\.ts$/), [
      "mod.ts",
      "a/b/d.ts",
      "a/c.ts",
    ]);
  });
});

Deno.test("listFiles() passes over hidden files and node_modules", async () => {
  const files = { "a/.b/c.ts": "", "a/.d.ts": "", "a/node_modules/e.ts": "", "a/f.ts": "" };
  await withTree(files, (root) => {
    assertEquals(listFiles(root, ["a"], /\.ts$/), ["a/f.ts"]);
  });
});
