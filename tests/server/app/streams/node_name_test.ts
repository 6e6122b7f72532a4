/** Names of nodes. */

import { assertEquals, assertMatch } from "@std/assert";
import { newNodeName } from "../../../../server/app/streams/node_name.ts";

Deno.test("newNodeName() draws eight letters and digits, others each time", () => {
  const names = Array.from({ length: 1_000 }, newNodeName);
  for (const name of names) assertMatch(name, /^[0-9a-z]{8}$/);
  assertEquals(new Set(names).size, names.length);
});
