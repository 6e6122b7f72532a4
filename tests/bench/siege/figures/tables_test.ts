import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderPage, renderRows, type Row } from "../../../../bench/siege/figures/tables.ts";
import { figures } from "../fixtures.ts";

function row(changes: Partial<Row> = {}): Row {
  return {
    flood: { name: "pings", title: "pings without pause" },
    server: { name: "echo", label: "Echo", isOurs: true },
    figures: figures(),
    faults: [],
    ...changes,
  };
}

Deno.test("renderRows() writes a line for each row", () => {
  const [heading, rule, line] = renderRows([row()]).split("\n").map((text) =>
    text.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  assertEquals(heading?.length, line?.length);
  assertEquals(heading?.length, rule?.length);
  assertEquals(line, [
    "pings",
    "Echo",
    "1.0 / 5.0",
    "1.0 / 5.0",
    "8.0",
    "1.0",
    "0",
    "40",
    "50",
    "60 / 90 / 80 / 70",
    "75 / 75",
    "1K",
    "0",
    "ok",
  ]);
});

Deno.test("renderRows() judges our servers only", () => {
  const other = row({ server: { name: "ws", label: "ws", isOurs: false } });
  const failed = row({ faults: ["p99 700 ms", "3 honest clients lost"] });
  const lines = renderRows([other, failed]).split("\n");
  assertEquals(lines[2]?.split("|").at(-2)?.trim(), "");
  assertStringIncludes(lines[3]!, "**p99 700 ms; 3 honest clients lost**");
});

Deno.test("renderRows() shows a server that has ended", () => {
  assertStringIncludes(renderRows([row({ figures: figures({ after: undefined }) })]), "75 / -");
});

Deno.test("renderPage() names command, machine, verdict and what each flood is", () => {
  const page = renderPage({
    command: "deno task siege",
    machine: "A machine",
    date: "2026-11-30T01:02:03.000Z",
    rows: [row(), row({ faults: ["p99 700 ms"] })],
    remarks: ["ws takes no part: there is no npm"],
  });
  assertStringIncludes(page, "- Command: `deno task siege`\n- Machine: A machine\n");
  assertStringIncludes(page, "- Date: 2026-11-30\n- Verdict: 1 of 2 rows pass\n");
  assertStringIncludes(page, "- `pings`: pings without pause.\n");
  assertStringIncludes(page, "- ws takes no part: there is no npm\n");
});
