import { assertEquals } from "@std/assert";
import { checkDocs } from "../../tools/check_docs.ts";
import { withTree } from "../support/tree.ts";

const settings = `{ "exports": { ".": "./mod.ts" } }\n`;
const example = " * @example It\n * ```ts\n * run();\n * ```\n";

Deno.test("checkDocs() asks for a description and an example", async () => {
  const tree = {
    "deno.json": settings,
    "mod.ts": 'export * from "./size.ts";\n',
    "size.ts": [
      "/** Shown nowhere. */",
      "export const limit = 1;",
      "export type Size = number;",
      "/** A type needs no example. */",
      "export interface Shape { size(): Size }",
      "const hidden = 1;",
    ].join("\n"),
  };
  await withTree(tree, async (root) => {
    assertEquals(await checkDocs(root), [
      "size.ts:2 limit has no example",
      "size.ts:3 Size is not documented",
    ]);
  });
});

Deno.test("checkDocs() asks for an example of each method", async () => {
  const tree = {
    "deno.json": settings,
    "mod.ts": [
      `/** A box.\n${example} */`,
      "export class Box implements Disposable {",
      "  /** Fills it. */",
      "  fill(): void {}",
      `  /** Weighs it.\n${example} */`,
      "  weigh(): number;",
      "  weigh(unit: string): number;",
      "  weigh(unit?: string): number { return unit ? 1 : 2; }",
      "  /** Its size. */",
      "  get size(): number { return 1; }",
      "  /** Throws it away. */",
      "  [Symbol.dispose](): void {}",
      "}",
    ].join("\n"),
  };
  await withTree(tree, async (root) => {
    assertEquals(await checkDocs(root), ["mod.ts:9 Box.fill() has no example"]);
  });
});
