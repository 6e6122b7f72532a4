import { assertEquals } from "@std/assert";
import { decodeLine, encodeLine } from "../../../bench/siege/lines.ts";

Deno.test("decodeLine() reads what encodeLine() writes, numbers that JSON lacks too", () => {
  const value = { newcomer: Infinity, latencies: { p50: NaN, p99: 1.5 }, lost: 0, text: "in" };
  const line = encodeLine(value);
  assertEquals(line.includes("\n"), false);
  assertEquals(decodeLine(line), value);
});
