import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { backoffDelay, type BackoffOptions } from "../../../client/line/backoff.ts";

Deno.test("backoffDelay() doubles from one second to thirty", () => {
  const delays = Array.from({ length: 7 }, (_, attempt) => {
    return backoffDelay(attempt, { random: () => 1 });
  });
  assertEquals(delays, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("backoffDelay() spreads over the whole range", () => {
  fc.assert(fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, noNaN: true }), (n, chance) => {
    const delay = backoffDelay(n, { random: () => chance });
    assert(delay >= 1_000 && delay <= 30_000);
    assertEquals(backoffDelay(n, { random: () => 0 }), 1_000);
  }));
});

Deno.test("backoffDelay() keeps to bounds of one's own", () => {
  const bounds = { minDelay: 10, maxDelay: 50 };
  assertEquals(backoffDelay(0, { ...bounds, random: () => 0 }), 10);
  assertEquals(backoffDelay(9, { ...bounds, random: () => 1 }), 50);
  assertEquals(backoffDelay(9, { minDelay: 50, maxDelay: 10, random: () => 1 }), 50);
});

Deno.test("backoffDelay() refuses an option that it does not know", () => {
  const options = { minDelya: 1 } as BackoffOptions;
  assertThrows(() => backoffDelay(0, options), TypeError, 'did you mean "minDelay"');
});
