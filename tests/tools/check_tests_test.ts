import { assertEquals } from "@std/assert";
import { checkHostileCases, checkMirror } from "../../tools/check_tests.ts";
import { withTree } from "../support/tree.ts";

Deno.test("checkMirror() asks for a test of the same name", async () => {
  const tree = {
    "protocol/frame.ts": "export const frame = 1;\n",
    "protocol/mask.ts": "export const mask = 1;\n",
    "server/net/websocket/cork.ts": "export const cork = 1;\n",
    "tests/protocol/frame_test.ts": "",
    "tests/server/net/cork_hostile_test.ts": "",
  };
  await withTree(tree, (root) => {
    assertEquals(checkMirror(root), [
      "protocol/mask.ts has no test: tests/protocol/mask_test.ts is missing",
      "server/net/websocket/cork.ts has no test: tests/server/net/websocket/cork_test.ts is missing",
    ]);
  });
});

Deno.test("checkMirror() exempts modules, types, the page and stand-ins", async () => {
  const types = [
    "/** Shapes. */\n",
    'import type { Other } from "./other.ts";\n',
    "// A note.",
    "export interface Shape {\n  readonly other: Other;\n}\n",
    "export type Many =\n  | Shape\n  | Other;\n",
  ].join("\n");
  const tree = {
    "protocol/mod.ts": "export const one = 1;\n",
    "server/types.ts": types,
    "examples/chat/page/chat.js": "run();\n",
    "tools/std/assert/assert.ts": "export const one = 1;\n",
  };
  await withTree(tree, (root) => assertEquals(checkMirror(root), []));
});

Deno.test("checkMirror() takes any statement for code", async () => {
  const statements = ["const a = 1;", "export class A {}", "export function a() {}", "run();"];
  for (const statement of statements) {
    await withTree({ "server/types.ts": `export type T = 1;\n${statement}\n` }, (root) => {
      assertEquals(checkMirror(root).length, 1, statement);
    });
  }
});

Deno.test("checkHostileCases() asks for a test of each case", async () => {
  const tree = {
    "tests/hostile.md":
      "# Hostile input\n\n- 1: One.\n- 2: Two,\n  3: of no item.\n- 12: Twelve.\n",
    "tests/a_test.ts": `Deno.test("${testName(12)}");\nDeno.test(\`${testName(1)}\`);\n`,
  };
  await withTree(tree, (root) => {
    assertEquals(checkHostileCases(root), ["hostile 2 has no test"]);
  });
});

Deno.test("checkHostileCases() names tests of cases that do not exist", async () => {
  const tree = {
    "tests/hostile.md": "- 1: One.\n",
    "tests/b/a_test.ts": `Deno.test("${testName(1)}");\nDeno.test("${testName(2)}");\n`,
  };
  await withTree(tree, (root) => {
    assertEquals(checkHostileCases(root), ["tests/b/a_test.ts tests hostile 2, which is no case"]);
  });
});

Deno.test("check_tests.ts names violations and exits with 1", async () => {
  const tree = { "client/a.ts": "run();\n", "tests/hostile.md": "- 1: One.\n" };
  await withTree(tree, async (root) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-read", "tools/check_tests.ts", root],
    }).output();
    assertEquals(code, 1);
    assertEquals(
      new TextDecoder().decode(stderr),
      "client/a.ts has no test: tests/client/a_test.ts is missing\nhostile 1 has no test\n",
    );
  });
});

/** Put together here, as the check of this project reads this file too. */
function testName(number: number): string {
  return `hostile ${number}: a test`;
}
