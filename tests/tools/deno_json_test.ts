import { assertEquals, assertRejects } from "@std/assert";
import { readDenoJson } from "../../tools/deno_json.ts";
import { withTree } from "../support/tree.ts";

Deno.test("readDenoJson() reads what Deno prints about a file of the folder", async () => {
  await withTree({ "a.ts": 'import "./b.ts";\n', "b.ts": "export {};\n" }, async (root) => {
    const { modules } = await readDenoJson<{ modules: unknown[] }>(root, "info", "a.ts");
    assertEquals(modules.length, 2);
  });
});

Deno.test("readDenoJson() rejects where Deno fails", async () => {
  await withTree({}, async (root) => {
    await assertRejects(() => readDenoJson(root, "doc", "a.ts"), Error, "deno doc of a.ts");
  });
});
