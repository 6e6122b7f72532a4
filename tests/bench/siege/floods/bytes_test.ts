import { assertEquals } from "@std/assert";
import { join, repeat } from "../../../../bench/siege/floods/bytes.ts";

const abc = Uint8Array.of(1, 2, 3);

Deno.test("repeat() fills 64 KiB with whole copies", () => {
  const { bytes, times } = repeat(abc);
  assertEquals([times, bytes.length], [21_845, 65_535]);
  assertEquals(bytes.subarray(-3), abc);
});

Deno.test("repeat() holds at least one copy, or as many as are asked for", () => {
  assertEquals(repeat(new Uint8Array(70_000)).times, 1);
  assertEquals(repeat(abc, 2), { bytes: Uint8Array.of(1, 2, 3, 1, 2, 3), times: 2 });
});

Deno.test("join() puts bytes one after another", () => {
  assertEquals(join([abc, new Uint8Array(0), abc]), repeat(abc, 2).bytes);
});
