import { assertEquals } from "@std/assert";
import { makePackage } from "../../tools/package.ts";
import { withTree } from "../support/tree.ts";

const config = {
  name: "@a/b",
  version: "1.0.0",
  exports: { ".": "./mod.ts" },
  imports: { "pako": "npm:pako@3", "zod": "npm:zod@4" },
  lint: { rules: { tags: ["recommended"] } },
  tasks: { test: "deno test" },
  publish: { include: ["deno.json", "*.md", "mod.ts", "server/", "tools/std/"] },
};

const tree = {
  "README.md": "# b\n",
  "mod.ts": 'export * from "./server/a.ts";\n',
  "server/a.ts": 'import type { Data } from "pako";\nexport type A = Data;\n',
  "client/unpublished.ts": 'import "zod";\n',
  "tools/std/assert/mod.ts": "export {};\n",
};

Deno.test("makePackage() takes the published files, and of deno.json what concerns them", async () => {
  await withTree({ ...tree, "deno.json": JSON.stringify(config) }, async (root) => {
    const { config: { name, version, exports, imports, ...rest }, files, problems } =
      await makePackage(root);
    assertEquals([name, version, exports], ["@a/b", "1.0.0", { ".": "./mod.ts" }]);
    assertEquals([imports, rest], [{ pako: "npm:pako@3" }, {}]);
    assertEquals(files, ["README.md", "mod.ts", "server/a.ts"]);
    assertEquals(problems, []);
  });
});

Deno.test("makePackage() names what a user of the package would miss", async () => {
  const exports = { ".": "./mod.ts", "./client": "./client/mod.ts" };
  const broken = { ...config, exports, imports: {} };
  const server = { "server/a.ts": 'import "node:fs";\nimport "zod/v4";\n' };
  await withTree({ ...tree, ...server, "deno.json": JSON.stringify(broken) }, async (root) => {
    const { problems } = await makePackage(root);
    assertEquals(problems, [
      "./client/mod.ts is exported and not in the package",
      "zod is imported and not in the imports of deno.json",
    ]);
  });
});
