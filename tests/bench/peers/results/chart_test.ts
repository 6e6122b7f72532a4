import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plot } from "../../../../bench/peers/results/chart.ts";
import { loadResult, report } from "../fixtures.ts";

/** Widths of the bars, without the squares of the legend. */
function barWidths(svg: string): number[] {
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
    Number(width)
  );
  return widths.filter((width) => width !== 11);
}

Deno.test("plot() draws bars as long as the ratios", () => {
  const [ours, theirs] = barWidths(plot(report([loadResult({ hawser: 6, ws: 9 })])));
  assert(Math.abs(theirs! / ours! - 1.5) < 0.01);
});

Deno.test("plot() cuts very long bars and says so", () => {
  const svg = plot(report([loadResult({ hawser: 1, ws: 16 })]));
  const [ours, theirs] = barWidths(svg);
  assert(Math.abs(theirs! / ours! - 4) < 0.01);
  assertStringIncludes(svg, "» 16.0 µs, 16.00x");
});

Deno.test("plot() leaves out loads and servers without figures", () => {
  const loads = [loadResult({ ws: 9 }, { title: "Theirs alone" }), loadResult({ hawser: 6 })];
  const svg = plot(report(loads));
  assertEquals(barWidths(svg).length, 1);
  assertEquals(svg.includes("Theirs alone"), false);
});

Deno.test("plot() has colours for dark pages", () => {
  const [light, dark] = plot(report([])).split("@media(prefers-color-scheme:dark)");
  for (const part of [light, dark]) {
    assertStringIncludes(part!, ".s0{fill:#");
    assertStringIncludes(part!, ".s1{fill:#");
    assertStringIncludes(part!, "text{fill:#");
  }
});

Deno.test("plot() escapes what stands in XML", () => {
  const svg = plot(report([loadResult({ hawser: 6 }, { title: "a < b & c" })]));
  assertStringIncludes(svg, ">a &lt; b &amp; c</text>");
});
