/** How fast a client may send, and when it is cut off. */

import { assertEquals, assertThrows } from "@std/assert";
import { RateLimiter, RateLimits, resolveRateLimit } from "../../../server/app/rate_limit.ts";
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
  const bad = { perSecond: 0 };
  assertThrows(() => resolveRateLimit({ perUser: bad }), RangeError, "rateLimit.perUser.perSecond");
  assertThrows(() => resolveRateLimit({ perAddress: bad }), RangeError, "rateLimit.perAddress");
  assertThrows(() => resolveRateLimit({ events: { a: bad } }), RangeError, 'rateLimit.events["a"]');
});

Deno.test("hostile 90: RateLimiter refuses after the burst, and disconnects who goes on", () => {
  const limiter = new RateLimiter(resolveRateLimit({ now: new ManualClock().now }));
  const verdicts = Array.from({ length: 121 }, () => limiter.check());
  assertEquals(verdicts.slice(0, 20), Array(20).fill("pass"));
  assertEquals(verdicts[20], { retryAfter: 0.1 });
  assertEquals(verdicts.indexOf("disconnect"), 120);
});

Deno.test("RateLimiter says after how many seconds the next message passes", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(resolveRateLimit({ perSecond: 0.5, burst: 1, now: clock.now }));
  assertEquals([limiter.check(), limiter.check()], ["pass", { retryAfter: 2 }]);
  clock.time += 1_500;
  assertEquals(limiter.check(), { retryAfter: 0.5 });
  clock.time += 500;
  assertEquals(limiter.check(), "pass");
});

Deno.test("RateLimiter counts an event by its own rate and among all", () => {
  const now = new ManualClock().now;
  const events = { "typing:start": { perSecond: 1, burst: 1 } };
  const limiter = new RateLimiter(resolveRateLimit({ perSecond: 10, burst: 3, events, now }));
  assertEquals(limiter.check("typing:start"), "pass");
  assertEquals(limiter.check("typing:start"), { retryAfter: 1 });
  assertEquals(limiter.check("note"), "pass");
  assertEquals(limiter.check("note"), { retryAfter: 0.1 });
});

Deno.test("hostile 98: RateLimiter takes events named as members of Object.prototype as any", () => {
  const limiter = new RateLimiter(resolveRateLimit({ now: new ManualClock().now }));
  for (const event of ["__proto__", "constructor"]) assertEquals(limiter.check(event), "pass");
});

Deno.test("RateLimits shares the rate of a user and of an address", () => {
  const now = new ManualClock().now;
  const one = { perSecond: 1, burst: 1 };
  const limits = new RateLimits(
    resolveRateLimit({ perUser: { perSecond: 2, burst: 2 }, perAddress: one, now }),
  );
  const limiter = (userId: string | undefined, remoteAddress: string) =>
    limits.limiter({ userId, remoteAddress });
  assertEquals(limiter("ada", "192.0.2.1").check(), "pass");
  assertEquals(limiter("bob", "192.0.2.1").check(), { retryAfter: 1 });
  assertEquals(limiter("ada", "192.0.2.2").check(), "pass");
  assertEquals(limiter("ada", "192.0.2.3").check(), { retryAfter: 0.5 });
  assertEquals(limiter(undefined, "192.0.2.4").check(), "pass");
});

Deno.test("RateLimiter forgives who slows down", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(resolveRateLimit({ now: clock.now }));
  for (let i = 0; i < 120; i++) limiter.check();
  clock.time += 10_000;
  const verdicts = Array.from({ length: 120 }, () => limiter.check());
  assertEquals(verdicts.includes("disconnect"), false);
});
