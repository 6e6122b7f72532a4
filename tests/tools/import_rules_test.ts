import { assertEquals } from "@std/assert";
import { importRules } from "../../tools/import_rules.ts";

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
