import { assertEquals } from "@std/assert";
import { readOptions } from "../../../tools/limits/options.ts";

/** The package itself: what is read is its documentation, and making another takes as long. */
const root = new URL("../../..", import.meta.url).pathname;

Deno.test("readOptions() finds the options of this package, and nothing wrong", async () => {
  const { options, faults } = await readOptions(root);
  assertEquals(faults, []);
  const find = (name: string, owner: string) =>
    options.find((option) => option.name === name && option.owner === owner)?.default;
  assertEquals(find("maxMessageSize", "serve"), "1_048_576");
  assertEquals(find("onQueueFull", "serve"), '"close"');
  assertEquals(find("rateLimit.burst", "App"), "2 * perSecond");
  assertEquals(find("port", "serve"), undefined);
});

Deno.test("each option stands in the table once", async () => {
  const { options } = await readOptions(root);
  const names = options.map(({ owner, name }) => `${owner} ${name}`);
  assertEquals(names.filter((name, i) => names.indexOf(name) < i), []);
});
