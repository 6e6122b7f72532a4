/** Values that are made anew when somebody asks, but not too often. */

import { assertEquals, assertThrows } from "@std/assert";
import { refreshed } from "../../../server/operations/refreshed.ts";

Deno.test("refreshed() makes a value each time where nobody asks in a loop", () => {
  let [time, made] = [0, 0];
  const refresh = refreshed(() => ++made, () => time);
  for (let i = 1; i <= 100; i++) {
    assertEquals(refresh(), i);
    time += 100;
  }
});

Deno.test("hostile 131: refreshed() makes no more than ten values a second", () => {
  let [time, made] = [0, 0];
  const refresh = refreshed(() => ++made, () => time);
  const values = new Set<number>();
  for (; time < 5_000; time++) for (let i = 0; i < 10; i++) values.add(refresh());
  assertEquals([made, values.size], [50, 50]);
  time += 1_000;
  assertEquals(refresh(), 51);
});

Deno.test("refreshed() gives undefined as a value like any other", () => {
  let calls = 0;
  const refresh = refreshed(() => void calls++, () => 0);
  for (let i = 0; i < 20; i++) assertEquals(refresh(), undefined);
  assertEquals(calls, 10);
});

Deno.test("refreshed() tries no more often where a value cannot be made", () => {
  let [time, calls] = [0, 0];
  const refresh = refreshed(() => {
    if (++calls <= 10) throw new Error("not yet");
    return "made";
  }, () => time);
  for (let i = 0; i < 100; i++) assertThrows(refresh, Error, "not yet");
  time += 1_000;
  assertEquals([refresh(), calls], ["made", 11]);
});
