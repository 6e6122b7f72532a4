import { assertEquals } from "@std/assert";
import { judge } from "../../../../bench/siege/figures/judge.ts";
import type { Figures } from "../../../../bench/siege/siege.ts";
import { figures } from "../fixtures.ts";

const mebibyte = 2 ** 20;
const standard = { bestOther: undefined, memory: 200 * mebibyte };

function loaded(p99: number, newcomer = 40): Partial<Figures> {
  const { loaded } = figures();
  return { loaded: { ...loaded, latencies: { ...loaded.latencies, p99 }, newcomer } };
}

Deno.test("judge() finds nothing wrong with a row that passes", () => {
  assertEquals(judge(figures(), standard), []);
});

Deno.test("judge() allows a p99 of 100 ms, or that of the best other server", () => {
  assertEquals(judge(figures(loaded(100)), standard), []);
  assertEquals(judge(figures(loaded(101)), standard), ["p99 101 ms"]);
  assertEquals(judge(figures(loaded(101)), { ...standard, bestOther: 99 }), ["p99 101 ms"]);
  assertEquals(judge(figures(loaded(101)), { ...standard, bestOther: 250 }), []);
});

Deno.test("judge() counts honest clients that are lost", () => {
  assertEquals(judge(figures({ lost: 3 }), standard), ["3 honest clients lost"]);
});

Deno.test("judge() wants newcomers in within a second", () => {
  assertEquals(judge(figures(loaded(5, 1_000)), standard), []);
  assertEquals(judge(figures(loaded(5, 1_500)), standard), ["newcomer in after 1.5 s"]);
  assertEquals(judge(figures(loaded(5, Infinity)), standard), ["newcomer refused: ?"]);
});

Deno.test("judge() bounds the peak of memory, and what is left of it", () => {
  const after = { ...figures().before, resident: 73 * mebibyte };
  assertEquals(judge(figures({ peak: 201 * mebibyte, after }), standard), [
    "peak 201 over 200 MiB",
    "memory 22 % up after",
  ]);
});

Deno.test("judge() wants descriptors closed", () => {
  const after = { ...figures().before, descriptors: 79 };
  assertEquals(judge(figures({ after }), standard), ["4 descriptors more"]);
});

Deno.test("judge() says no more of a server that has ended", () => {
  assertEquals(judge(figures({ after: undefined, lost: 50 }), standard), [
    "the server has ended",
  ]);
});
