import { assertEquals } from "@std/assert";
import { owners } from "../../../tools/limits/owners.ts";

const root = new URL("../../..", import.meta.url).pathname;

Deno.test("owners names an entry point of the package each", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const entries: string[] = Object.values(exports);
  for (const entry of Object.keys(owners)) {
    assertEquals(entries.includes(`./${entry}`), true, entry);
  }
});
