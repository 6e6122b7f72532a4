import { assertEquals } from "@std/assert";
import { readConstants } from "../../../tools/limits/constants.ts";
import { withTree } from "../../support/tree.ts";

Deno.test("readConstants() reads those whose comment has @limit", async () => {
  const files = {
    "server/a.ts": [
      "/** Nothing to see. */",
      "const hidden = 5;",
      "",
      "/** Messages of one request. @limit messages: 413 */",
      "const maxMessages = 1_000;",
      "",
      "/**",
      " * What a handler is",
      " * owed.",
      " *",
      " * @limit bytes: it is",
      " * refused",
      " */",
      "export const owed: number = 64 * 1024;",
    ].join("\n"),
  };
  await withTree(files, (root) => {
    const path = "server/a.ts";
    assertEquals(readConstants(root), {
      constants: [
        {
          name: "maxMessages",
          path,
          value: 1_000,
          unit: "messages",
          text: "Messages of one request.",
          answer: "413",
        },
        {
          name: "owed",
          path,
          value: 65_536,
          unit: "bytes",
          text: "What a handler is owed.",
          answer: "it is refused",
        },
      ],
      faults: [],
    });
  });
});

Deno.test("readConstants() tells what it cannot read", async () => {
  const files = {
    "protocol/a.ts": "/** Some. @limit many */\nconst some = 5;\n",
    "protocol/b.ts": "/** Some. @limit bytes: 413 */\nconst some = size();\n",
    "protocol/c.ts": "/** Some. @limit bytes: 413 */\nlet some = 5;\n",
  };
  await withTree(files, (root) => {
    assertEquals(readConstants(root).faults, [
      'protocol/a.ts: some has an @limit that is not "@limit UNIT: ANSWER"',
      "protocol/a.ts: an @limit does not stand in front of a constant",
      "protocol/b.ts: some has an @limit and is no number: size()",
      "protocol/b.ts: an @limit does not stand in front of a constant",
      "protocol/c.ts: an @limit does not stand in front of a constant",
    ]);
  });
});
