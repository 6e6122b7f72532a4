/** How fast a client may send, and when it is cut off. */

import { assertEquals, assertThrows } from "@std/assert";
import { RateLimiter, resolveRateLimit } from "../../../server/app/rate_limit.ts";
import { ManualClock } from "../../support/clients.ts";

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
});

Deno.test("hostile 90: RateLimiter refuses after the burst, and disconnects who goes on", () => {
  const limiter = new RateLimiter(resolveRateLimit({ now: new ManualClock().now }));
  const verdicts = Array.from({ length: 121 }, () => limiter.check());
  assertEquals(verdicts.indexOf("refuse"), 20);
  assertEquals(verdicts.indexOf("disconnect"), 120);
});

Deno.test("RateLimiter forgives who slows down", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(resolveRateLimit({ now: clock.now }));
  for (let i = 0; i < 120; i++) limiter.check();
  clock.time += 10_000;
  const verdicts = Array.from({ length: 120 }, () => limiter.check());
  assertEquals(verdicts.includes("disconnect"), false);
});
