import { assertEquals } from "@std/assert";
import { loads } from "../../../bench/scale/loads.ts";
import { renderTables } from "../../../bench/scale/tables.ts";

const sample = {
  perSecond: 5_000.4,
  cost: 5,
  redisCost: 1,
  differing: 0,
  places: 15_000,
  p50: 800,
  p99: 2_000,
  generatorLoad: 0.25,
};

Deno.test("renderTables() compares costs with ours", () => {
  const theirs = { ...sample, cost: 10, differing: 0.995 };
  const medians = new Map([["Ours", sample], ["Theirs", theirs]]);
  const lines = renderTables([{ load: loads[0]!, medians }]).split("\n").map((line) =>
    line.split("|").map((cell) => cell.trim()).slice(1, -1)
  );
  assertEquals(lines[2], ["Ours", "5,000", "5.00", "1.00", "0.0 %", "0.8 / 2.0", "25 %"]);
  assertEquals(lines[3]!.slice(2, 5), ["10.00 (2.00x)", "1.00", "99.5 %"]);
});
