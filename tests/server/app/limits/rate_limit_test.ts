/** How fast a client may send, and when it is cut off: the options. */

import { assertEquals, assertThrows } from "@std/assert";
import { resolveRateLimit } from "../../../../server/app/limits/rate_limit.ts";

Deno.test("resolveRateLimit() sets the burst to twice the rate", () => {
  assertEquals(resolveRateLimit({}).perSecond, 10);
  assertEquals(resolveRateLimit({}).burst, 20);
  assertEquals(resolveRateLimit({ perSecond: 3 }).burst, 6);
});

Deno.test("resolveRateLimit() lets at least one message through at a slow rate", () => {
  assertEquals(resolveRateLimit({ perSecond: 0.1 }).burst, 1);
});

Deno.test("resolveRateLimit() refuses rates that are no positive number", () => {
  for (const perSecond of [0, -1, NaN, Infinity]) {
    assertThrows(() => resolveRateLimit({ perSecond }), RangeError, "rateLimit.perSecond");
  }
  assertThrows(() => resolveRateLimit({ burst: 0 }), RangeError, "rateLimit.burst");
  const bad = { perSecond: 0 };
  assertThrows(() => resolveRateLimit({ perUser: bad }), RangeError, "rateLimit.perUser.perSecond");
  assertThrows(() => resolveRateLimit({ perAddress: bad }), RangeError, "rateLimit.perAddress");
  assertThrows(() => resolveRateLimit({ events: { a: bad } }), RangeError, 'rateLimit.events["a"]');
});
