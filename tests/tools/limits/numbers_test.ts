import { assertEquals } from "@std/assert";
import { formatNumber, parseNumber, unitOf } from "../../../tools/limits/numbers.ts";

Deno.test("parseNumber() reads numbers and constant expressions", () => {
  const values: Record<string, number> = {
    "1_048_576": 1_048_576,
    "0xff": 255,
    "0.5": 0.5,
    "Infinity": Infinity,
    "64 * 1024": 65_536,
    "4 * 1024 * 1024": 4_194_304,
    "2 ** 31 - 1": 2_147_483_647,
    "2 + 3 * 4": 14,
    "60 / 2": 30,
  };
  for (const [text, value] of Object.entries(values)) assertEquals(parseNumber(text), value, text);
});

Deno.test("parseNumber() knows what is no number", () => {
  for (const text of ["2 * perSecond", '"close"', "clock.now", "", "1n", "-"]) {
    assertEquals(parseNumber(text), undefined, text);
  }
});

Deno.test("unitOf() goes by the end of a name", () => {
  assertEquals(["maxMessageSize", "maxBytes", "memoryBudget", "compress.threshold"].map(unitOf), [
    "bytes",
    "bytes",
    "bytes",
    "bytes",
  ]);
  assertEquals(["pingTimeout", "presence.grace", "deadline", "history.maxAge"].map(unitOf), [
    "ms",
    "ms",
    "ms",
    "ms",
  ]);
  assertEquals(["size", "history.size", "maxRooms"].map(unitOf), ["count", "count", "count"]);
});

Deno.test("formatNumber() writes the largest unit that fits", () => {
  assertEquals(formatNumber(1_048_576, "bytes"), "1 MiB");
  assertEquals(formatNumber(16_384, "bytes"), "16 KiB");
  assertEquals(formatNumber(256, "bytes"), "256 bytes");
  assertEquals(formatNumber(10_000, "ms"), "10 s");
  assertEquals(formatNumber(250, "ms"), "250 ms");
  assertEquals(formatNumber(16_384, "count"), "16,384");
});

Deno.test("formatNumber() writes no unit where there is no limit", () => {
  assertEquals(formatNumber(0, "bytes"), "0");
  assertEquals(formatNumber(Infinity, "ms"), "none");
});
