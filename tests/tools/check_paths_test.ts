import { assertEquals } from "@std/assert";
import { checkPaths } from "../../tools/check_paths.ts";
import { withTree } from "../support/tree.ts";

const files = { "server/net/turns.ts": "", "tests/fuzz/frame_test.ts": "" };

Deno.test("checkPaths() takes files and folders by their whole path or by its end", async () => {
  const page = "`server/net/turns.ts`, `net/turns.ts`, `turns.ts`, `server/`, `net/` and `fuzz/`\n";
  await withTree({ ...files, "ARCHITECTURE.md": page }, (root) => {
    assertEquals(checkPaths(root), []);
  });
});

Deno.test("checkPaths() names what does not exist, page by page, once", async () => {
  const tree = {
    ...files,
    "ARCHITECTURE.md": "`net/turn.ts` and `et/turns.ts`, and `net/turn.ts` again\n",
    "CONTRIBUTING.md": "`tests/fuzzy/`\n",
  };
  await withTree(tree, (root) => {
    assertEquals(checkPaths(root), [
      "ARCHITECTURE.md names net/turn.ts, which does not exist",
      "ARCHITECTURE.md names et/turns.ts, which does not exist",
      "CONTRIBUTING.md names tests/fuzzy/, which does not exist",
    ]);
  });
});

Deno.test("checkPaths() passes over commands, code, addresses and programs", async () => {
  const page = [
    "`deno run server.ts`, `socket.close()`, `/metrics/`, `https://a.example/b.ts`, `v1.2`",
    "```ts",
    'import { serve } from "./gone.ts"; // `gone.ts`',
    "```",
    "",
  ].join("\n");
  await withTree({ ...files, "README.md": page }, (root) => assertEquals(checkPaths(root), []));
});
