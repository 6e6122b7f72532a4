import { assertEquals } from "@std/assert";
import { findDefault } from "../../../tools/limits/defaults.ts";

Deno.test("findDefault() finds it in each form that the code has", () => {
  const forms = [
    "const { other, maxRooms = 1_000 } = options;",
    "const { maxRooms = 1_000, burst = 2 * maxRooms } = options;",
    "const {\n  maxRooms = 1_000,\n} = options;",
    "const { maxRooms: most = 1_000 } = options;",
    "const numbers = {\n  maxRooms: { default: 1_000, least: 1 },\n};",
    "const resolved = { maxRooms: options.maxRooms ?? 1_000 };",
    "const most = Math.min(options.maxRooms ?? 1_000, longest);",
    "function list({ maxRooms = 1_000 }: Options) {}",
  ];
  for (const form of forms) assertEquals(findDefault("maxRooms", form), "1_000", form);
});

Deno.test("findDefault() finds expressions", () => {
  const source = "const { perSecond = 10, burst = 2 * perSecond } = options;";
  assertEquals(findDefault("burst", source), "2 * perSecond");
});

Deno.test("findDefault() finds the number that a constant stands for", () => {
  const source = "export const most = 1_000;\nconst { size = most, room = other } = options;";
  assertEquals(findDefault("size", source), "1_000");
  assertEquals(findDefault("room", source), "other");
});

Deno.test("findDefault() passes over comments and assignments", () => {
  const source = [
    "/**\n * const { size = 5 } = options;\n */",
    "// const { size = 6 } = options;",
    "this.size = 7;",
    "size = 8;",
    "const least = { size: 9 };",
  ].join("\n");
  assertEquals(findDefault("size", source), undefined);
});

Deno.test("findDefault() does not choose between several", () => {
  const source = "const { size = 5 } = a;\nconst { size = 6 } = b;";
  assertEquals(findDefault("size", source), undefined);
  assertEquals(findDefault("size", source.replace("6", "5")), "5");
});
