import { assertEquals } from "@std/assert";
import { checkImports, type Import, readImports } from "../../tools/check_imports.ts";
import { withTree } from "../support/tree.ts";

const rules = [
  { folder: "low/hash.ts", imports: ["low/", "@std/crypto"] },
  { folder: "low/", imports: ["low/"] },
  { folder: "high/", imports: ["high/", "low/mod.ts", "node:"], types: ["types.ts"] },
];

function imports(...lines: string[]): Import[] {
  return lines.map((line) => {
    const [from, arrow, to] = line.split(" ");
    return { from: from!, to: to!, isType: arrow === "=type=>" };
  });
}

Deno.test("checkImports() accepts what the table allows", () => {
  const allowed = imports(
    "low/a.ts => low/b.ts",
    "low/hash.ts => @std/crypto/timing-safe-equal",
    "high/a.ts => low/mod.ts",
    "high/a.ts => node:util",
    "high/a.ts =type=> types.ts",
  );
  assertEquals(checkImports(allowed, rules), []);
});

Deno.test("checkImports() refuses another folder, package or file", () => {
  const refused = imports(
    "low/a.ts => high/a.ts",
    "low/a.ts => @std/crypto",
    "low/hash.ts => @std/cryptography",
    "high/a.ts => low/b.ts",
    "low/a.ts =type=> high/b.ts",
  );
  assertEquals(checkImports(refused, rules).length, refused.length);
  assertEquals(
    checkImports(refused.slice(0, 1), rules),
    ["low/a.ts imports high/a.ts, but low/ may import low/"],
  );
});

Deno.test("checkImports() tells an import of types from one of code", () => {
  assertEquals(checkImports(imports("high/a.ts => types.ts"), rules), [
    "high/a.ts imports types.ts, but high/ may import high/, low/mod.ts, node:, types of types.ts",
  ]);
});

Deno.test("checkImports() refuses a file outside of every folder", () => {
  assertEquals(checkImports(imports("attic/a.ts => low/a.ts"), rules), [
    "attic/a.ts is in no folder of tools/import_rules.ts",
  ]);
});

Deno.test("checkImports() names each circle once, also one of types", () => {
  const circle = imports(
    "low/a.ts => low/b.ts",
    "low/b.ts =type=> low/c.ts",
    "low/c.ts => low/a.ts",
    "low/d.ts => low/a.ts",
    "low/a.ts => low/e.ts",
    "low/d.ts => low/e.ts",
  );
  assertEquals(checkImports(circle, rules), [
    "Circle: low/a.ts -> low/b.ts -> low/c.ts -> low/a.ts",
  ]);
});

Deno.test("readImports() reads files, packages and types of a tree", async () => {
  const tree = {
    "deno.json": `{ "imports": { "@std/x": "./tools/x.ts" } }`,
    "tools/x.ts": "export const x = 1;",
    "protocol/a.ts":
      `import { x } from "@std/x";\nimport type { B } from "./b.ts";\nexport const a: B = x;`,
    "protocol/b.ts": `import "node:util";\nexport type B = number;`,
    "tests/a_test.ts": `import "../protocol/a.ts";`,
  };
  await withTree(tree, async (root) => {
    assertEquals(await readImports(root), [
      { from: "protocol/a.ts", to: "@std/x", isType: false },
      { from: "protocol/a.ts", to: "protocol/b.ts", isType: true },
      { from: "protocol/b.ts", to: "node:util", isType: false },
    ]);
  });
});

Deno.test("check_imports.ts names violations and exits with 1", async () => {
  const tree = {
    "protocol/a.ts": `import "../server/b.ts";`,
    "server/b.ts": "",
    "client/c.ts": `import "./d.ts";`,
    "client/d.ts": "",
  };
  await withTree(tree, async (root) => {
    const { code, errors } = await run(root);
    assertEquals(code, 1);
    assertEquals(
      errors,
      "protocol/a.ts imports server/b.ts, but protocol/ may import protocol/\n",
    );
    await Deno.writeTextFile(`${root}/protocol/a.ts`, "");
    assertEquals(await run(root), { code: 0, errors: "" });
  });
});

async function run(root: string): Promise<{ code: number; errors: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "--allow-run", "tools/check_imports.ts", root],
    env: { NO_COLOR: "1" },
  }).output();
  return { code, errors: new TextDecoder().decode(stderr) };
}
