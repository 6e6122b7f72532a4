import { assertEquals } from "@std/assert";
import { writeLimits } from "../../tools/limits.ts";

const root = new URL("../..", import.meta.url).pathname;

Deno.test("SECURITY.md has the limits of the code", async () => {
  const { current, written, faults } = await writeLimits(root);
  assertEquals(faults, []);
  assertEquals(current, written);
});
