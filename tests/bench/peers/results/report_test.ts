import { assertEquals } from "@std/assert";
import { selectLoads } from "../../../../bench/peers/loads.ts";
import { ratio, summarize } from "../../../../bench/peers/results/report.ts";
import { loadResult, sample } from "../fixtures.ts";

Deno.test("summarize() keeps the rounds beside their medians", () => {
  const [load] = selectLoads(["json-deflate"]);
  const rounds = [sample({ cost: 3 }), sample({ cost: 1 }), sample({ cost: 2 })];
  const samples = new Map([["hawser", rounds], ["bun", []]]);
  assertEquals(summarize(load!, samples), {
    name: "json-deflate",
    title: "Echo JSON 118 B, compressed",
    unit: "us/message",
    compress: true,
    results: { hawser: { median: sample({ cost: 2 }), rounds } },
  });
});

Deno.test("ratio() divides the other's cost by ours", () => {
  assertEquals(ratio(loadResult({ hawser: 6, ws: 9 }), "ws", "hawser"), 1.5);
});

Deno.test("ratio() is undefined where one of them is missing or nothing was spent", () => {
  assertEquals(ratio(loadResult({ ws: 9 }), "ws", "hawser"), undefined);
  assertEquals(ratio(loadResult({ hawser: 9 }), "ws", "hawser"), undefined);
  assertEquals(ratio(loadResult({ hawser: 0, ws: 9 }), "ws", "hawser"), undefined);
});
