import { assertEquals, assertThrows } from "@std/assert";
import { constantTable, optionTable, replacePart } from "../../../tools/limits/table.ts";

Deno.test("optionTable() gathers the options of an owner, options of options last", () => {
  const text = "It | bounds.";
  const lines = optionTable([
    { name: "compress.threshold", owner: "serve", default: "256", text },
    { name: "maxRooms", owner: "App", default: "1_000", text },
    { name: "maxBodySize", owner: "serve", default: "1_048_576", text },
    { name: "onQueueFull", owner: "serve", default: '"close"', text },
    { name: "allowedOrigins", owner: "serve", default: "the host's own", text },
  ]).split("\n");
  assertEquals(lines.slice(2), [
    "| `maxBodySize` | `serve` | 1 MiB | It \\| bounds. |",
    '| `onQueueFull` | `serve` | `"close"` | It \\| bounds. |',
    "| `allowedOrigins` | `serve` | the host's own | It \\| bounds. |",
    "| `compress.threshold` | `serve` | 256 bytes | It \\| bounds. |",
    "| `maxRooms` | `App` | 1,000 | It \\| bounds. |",
  ]);
});

Deno.test("constantTable() writes sizes and times in their units, and counts with a word", () => {
  const constant = { name: "most", path: "server/a.ts", text: "Some.", answer: "413" };
  const lines = constantTable([
    { ...constant, value: 65_536, unit: "bytes" },
    { ...constant, value: 1_000, unit: "messages" },
  ]).split("\n");
  assertEquals(lines.slice(2), [
    "| Some. | 64 KiB | 413 | `most` in `server/a.ts` |",
    "| Some. | 1,000 messages | 413 | `most` in `server/a.ts` |",
  ]);
});

Deno.test("replacePart() leaves the rest of a page as it is", () => {
  const begin = "<!-- options: written by deno task limits -->";
  const page = `# Page\n\n${begin}\n\nold\n\n<!-- end of options -->\n\nRest\n`;
  assertEquals(replacePart(page, "options", "new"), page.replace("old", "new"));
  assertThrows(() => replacePart(page, "constants", "new"), Error, "Cannot find");
});
