import { assertEquals } from "@std/assert";
import { importRules } from "../../tools/import_rules.ts";

Deno.test("importRules names the files of a room before the room", () => {
  const hidden = importRules.filter(({ room }, index) =>
    importRules.slice(0, index).some((earlier) => room.startsWith(earlier.room))
  );
  assertEquals(hidden, []);
});

Deno.test("importRules lets the protocol import pako in one file", () => {
  const rooms = importRules.filter(({ room }) => room.startsWith("protocol/"));
  assertEquals(rooms.map(({ room, imports }) => [room, imports.slice(1)]), [
    ["protocol/deflate.ts", ["pako"]],
    ["protocol/", []],
  ]);
});

Deno.test("importRules gives examples the package, and no room of the source", () => {
  const rule = importRules.find(({ room }) => room === "examples/")!;
  const folders = rule.imports.filter((entry) => entry.endsWith("/"));
  assertEquals(folders, ["examples/"]);
});
