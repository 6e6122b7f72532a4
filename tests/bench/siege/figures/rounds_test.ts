import { assertEquals } from "@std/assert";
import { joinRounds } from "../../../../bench/siege/figures/rounds.ts";
import { figures } from "../fixtures.ts";

const mebibyte = 2 ** 20;

function round(p99: number, peak: number, lost = 0) {
  const { loaded } = figures();
  const latencies = { ...loaded.latencies, p99 };
  return figures({ loaded: { ...loaded, latencies }, peak: peak * mebibyte, lost });
}

Deno.test("joinRounds() takes the median of times and the worst of losses and memory", () => {
  const joined = joinRounds([round(900, 80), round(5, 120), round(7, 90, 2)]);
  assertEquals(joined.loaded.latencies.p99, 7);
  assertEquals(joined.peak, 120 * mebibyte);
  assertEquals(joined.lost, 2);
});

Deno.test("joinRounds() keeps the memory of the round after which most of it was left", () => {
  const before = figures().before;
  const left = { ...before, resident: 2 * before.resident };
  const joined = joinRounds([figures(), figures({ after: left }), figures()]);
  assertEquals(joined.after, left);
  assertEquals(joined.before, before);
});

Deno.test("joinRounds() does not hide a server that has ended", () => {
  assertEquals(joinRounds([figures(), figures({ after: undefined })]).after, undefined);
});
