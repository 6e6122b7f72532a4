import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  costTable,
  latencyTable,
  rateTable,
  renderPage,
  renderTables,
  sizeTable,
  table,
} from "../../../../bench/peers/results/tables.ts";
import { loadResult, report } from "../fixtures.ts";

const idle = loadResult({ hawser: 7.25, ws: 6.6 }, { title: "Idle", unit: "KB/connection" });

Deno.test("table() aligns the columns", () => {
  assertEquals(
    table([["Load", "ws"], ["Echo 32 B", "9.00 (1.48x)"], ["Churn", "-"]]),
    [
      "| Load      |           ws |",
      "| --------- | -----------: |",
      "| Echo 32 B | 9.00 (1.48x) |",
      "| Churn     |            - |",
    ].join("\n"),
  );
});

Deno.test("costTable() has costs, how they compare with ours, and gaps", () => {
  const loads = [loadResult({ hawser: 6, ws: 9 }), loadResult({ hawser: 123.4 }), idle];
  const lines = costTable(report(loads)).split("\n").slice(2);
  assertEquals(lines.map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1)), [
    ["Echo 32 B", "6.00", "9.00 (1.50x)"],
    ["Echo 32 B", "123", "-"],
    ["Idle", "7.25 KB", "6.60 KB (0.91x)"],
  ]);
});

Deno.test("latencyTable() and rateTable() leave out loads without messages", () => {
  const measured = report([loadResult({ hawser: 6, ws: 9 }), idle]);
  assertStringIncludes(latencyTable(measured), "| Echo 32 B     | 0.10 / 2.00 | 0.10 / 2.00 |");
  assertStringIncludes(rateTable(measured), "| Echo 32 B  | 1,000,000 | 1,000,000 |");
  assertEquals(latencyTable(measured).includes("Idle"), false);
  assertEquals(rateTable(measured).includes("Idle"), false);
});

Deno.test("sizeTable() tells bytes where they were compressed", () => {
  const loads = [loadResult({ hawser: 6 }), loadResult({ hawser: 6 }, { compress: true })];
  const lines = sizeTable(report(loads)).split("\n");
  assertStringIncludes(lines[2]!, " 64 |");
  assertStringIncludes(lines[3]!, "| 64, 34 B back |");
});

Deno.test("renderTables() says what was missing, without empty tables", () => {
  const text = renderTables(report([], { remarks: ["Bun takes no part: no npm"] }));
  assertEquals(text, "- Bun takes no part: no npm");
});

Deno.test("renderPage() says how, where and when", () => {
  const page = renderPage(report([loadResult({ hawser: 6, ws: 9 })]));
  for (
    const part of [
      "- Command: `deno task bench:peers --rounds 1`\n",
      "- Machine: A machine, 2 cores\n",
      "- Date: 2026-11-23\n",
      "- Rounds: 1 of 3 s, medians of them\n",
      "- ws: 8\n",
      "9.00 (1.50x) |",
    ]
  ) assertStringIncludes(page, part);
});
