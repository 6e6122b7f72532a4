import { assert, assertEquals } from "@std/assert";
import { floods } from "../../../../bench/siege/floods/mod.ts";

Deno.test("floods have names of their own, which fit into a command line", () => {
  const names = floods.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assert(/^[a-z0-9-]+$/.test(name), name);
});

Deno.test("floods say what they send, and to whom", () => {
  for (const { name, title, against, connections } of floods) {
    assert(/^[^.\n]+$/.test(title), name);
    assert(against.length > 0, name);
    assert(connections > 0, name);
  }
});
