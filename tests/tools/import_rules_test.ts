import { assertEquals } from "@std/assert";
import { importRules } from "../../tools/import_rules.ts";
import { listFiles } from "../../tools/source_files.ts";

Deno.test("importRules names the files of a folder before the folder", () => {
  const hidden = importRules.filter(({ folder }, index) =>
    importRules.slice(0, index).some((earlier) => folder.startsWith(earlier.folder))
  );
  assertEquals(hidden, []);
});

Deno.test("importRules lets the protocol import pako in one file", () => {
  const rooms = importRules.filter(({ folder }) => folder.startsWith("protocol/"));
  assertEquals(rooms.map(({ folder, imports }) => [folder, imports.slice(1)]), [
    ["protocol/deflate.ts", ["pako"]],
    ["protocol/", []],
  ]);
});

Deno.test("importRules gives examples the package, and no folder of the source", () => {
  const rule = importRules.find(({ folder }) => folder === "examples/")!;
  const folders = rule.imports.filter((entry) => entry.endsWith("/"));
  assertEquals(folders, ["examples/"]);
});

Deno.test("server/app is a folder for each subject, none of more than fifteen files, with a rule each", () => {
  const files = listFiles(".", ["server/app"], /\.ts$/);
  const folders = Map.groupBy(files, (file) => file.slice(0, file.lastIndexOf("/") + 1));
  const crowded = [...folders].filter(([, inside]) => inside.length > 15);
  assertEquals(crowded, []);
  const ruled = new Set(importRules.map(({ folder }) => folder));
  assertEquals([...folders.keys()].filter((folder) => !ruled.has(folder)), []);
});
