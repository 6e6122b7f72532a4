/** Judges the messages of clients by their rates. */

import { assertEquals } from "@std/assert";
import {
  type RateLimitOptions,
  resolveRateLimit,
} from "../../../../server/app/limits/rate_limit.ts";
import {
  type RateLimiter,
  RateLimits,
  type RateSubject,
  type RateVerdict,
} from "../../../../server/app/limits/rate_limiter.ts";
import { ManualClock } from "../../../support/clients.ts";

const somebody: RateSubject = { userId: undefined, remoteAddress: "192.0.2.1" };

function limiterOf(options: RateLimitOptions): RateLimiter {
  return new RateLimits(resolveRateLimit(options)).limiter(somebody);
}

/** Sends so many messages. */
function send(limiter: RateLimiter, count: number): RateVerdict[] {
  return Array.from({ length: count }, () => limiter.check());
}

/** How many of so many messages pass. */
function passing(limiter: RateLimiter, count: number): number {
  return send(limiter, count).filter((verdict) => verdict === "pass").length;
}

Deno.test("hostile 90: RateLimiter refuses after the burst, and disconnects who goes on", () => {
  const limiter = limiterOf({ now: new ManualClock().now });
  const verdicts = Array.from({ length: 121 }, () => limiter.check());
  assertEquals(verdicts.slice(0, 20), Array(20).fill("pass"));
  assertEquals(verdicts[20], { retryAfter: 0.1 });
  assertEquals(verdicts.indexOf("disconnect"), 120);
});

Deno.test("RateLimiter says after how many seconds the next message passes", () => {
  const clock = new ManualClock();
  const limiter = limiterOf({ perSecond: 0.5, burst: 1, now: clock.now });
  assertEquals([limiter.check(), limiter.check()], ["pass", { retryAfter: 2 }]);
  clock.time += 1_500;
  assertEquals(limiter.check(), { retryAfter: 0.5 });
  clock.time += 500;
  assertEquals(limiter.check(), "pass");
});

Deno.test("RateLimiter counts an event by its own rate and among all", () => {
  const now = new ManualClock().now;
  const events = { "typing:start": { perSecond: 1, burst: 1 } };
  const limiter = limiterOf({ perSecond: 10, burst: 3, events, now });
  const check = (event: string) => {
    const verdict = limiter.check();
    return verdict === "pass" ? limiter.checkEvent(event) : verdict;
  };
  assertEquals(check("typing:start"), "pass");
  assertEquals(check("typing:start"), { retryAfter: 1 });
  assertEquals(check("note"), "pass");
  assertEquals(check("note"), { retryAfter: 0.1 });
});

Deno.test("hostile 127: RateLimiter counts what is long as several, up to a burst", () => {
  const clock = new ManualClock();
  const limiter = limiterOf({ now: clock.now });
  assertEquals(limiter.check(65_536 * 16), "pass");
  assertEquals(passing(limiter, 4), 4);
  assertEquals(limiter.check(65_537), { retryAfter: 0.2 });
  clock.time += 2_000;
  assertEquals(limiter.check(1e9), "pass");
  assertEquals(limiter.check(1e9), { retryAfter: 2 });
});

Deno.test("RateLimiter.giveBack() counts the last message no more, with whomever it was shared", () => {
  const two = { perSecond: 1, burst: 2 };
  const now = new ManualClock().now;
  const limits = new RateLimits(
    resolveRateLimit({ ...two, perUser: two, perAddress: two, now }),
  );
  const limiter = limits.limiter({ ...somebody, userId: "ada" });
  for (let i = 0; i < 5; i++) {
    assertEquals(limiter.check(70_000), "pass");
    limiter.giveBack();
  }
  assertEquals(passing(limiter, 3), 2);
});

Deno.test("hostile 98: RateLimiter takes events named as members of Object.prototype as any", () => {
  const limiter = limiterOf({ now: new ManualClock().now });
  for (const event of ["__proto__", "constructor"]) assertEquals(limiter.checkEvent(event), "pass");
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
  const limiter = limiterOf({ now: clock.now });
  for (let i = 0; i < 120; i++) limiter.check();
  clock.time += 10_000;
  const verdicts = Array.from({ length: 120 }, () => limiter.check());
  assertEquals(verdicts.includes("disconnect"), false);
});

Deno.test("hostile 146: RateLimits lets a client go on with what it has left, and not begin anew", () => {
  const clock = new ManualClock();
  const limits = new RateLimits(resolveRateLimit({ now: clock.now }));
  let passed = 0;
  for (let i = 0; i < 1_000; i++) {
    const limiter = limits.limiter(somebody);
    passed += passing(limiter, 40);
    limiter.end();
    clock.time += 10;
  }
  assertEquals(passed, 20 + 99, "one burst, and ten a second in ten seconds");
});

Deno.test("hostile 146: RateLimits counts what is left once for each connection that was open at once", () => {
  const clock = new ManualClock();
  const limits = new RateLimits(resolveRateLimit({ now: clock.now }));
  const first = Array.from({ length: 3 }, () => limits.limiter(somebody));
  assertEquals(first.map((limiter) => passing(limiter, 40)), [20, 20, 20]);
  for (const limiter of first) limiter.end();
  clock.time += 500;
  const second = Array.from({ length: 4 }, () => limits.limiter(somebody));
  assertEquals(second.map((limiter) => passing(limiter, 40)), [5, 5, 5, 20]);
});

Deno.test("hostile 146: RateLimits lets many honest clients of one address come back at once", () => {
  const limits = new RateLimits(resolveRateLimit({ now: new ManualClock().now }));
  const connectAll = () => Array.from({ length: 500 }, () => limits.limiter(somebody));
  const before = connectAll();
  for (const limiter of before) assertEquals(passing(limiter, 5), 5);
  for (const limiter of before) limiter.end();
  for (const limiter of connectAll()) assertEquals(passing(limiter, 5), 5);
});

Deno.test("hostile 146: RateLimits forgives whoever comes after a flood a burst of refusals", () => {
  const limits = new RateLimits(resolveRateLimit({ now: new ManualClock().now }));
  const flood = limits.limiter(somebody);
  assertEquals(send(flood, 121).at(-1), "disconnect");
  const next = send(limits.limiter(somebody), 21);
  assertEquals(next.filter((verdict) => typeof verdict === "object").length, 20);
  assertEquals(next.at(-1), "disconnect");
});

Deno.test("hostile 146: RateLimits gives out what a client has left as soon as it is sent away", () => {
  const limits = new RateLimits(resolveRateLimit({ now: new ManualClock().now }));
  send(limits.limiter(somebody), 121);
  assertEquals(passing(limits.limiter(somebody), 1), 0);
});

Deno.test("hostile 146: RateLimits goes by the user where ids are verified, else by the network", () => {
  const [ada, ben] = ["ada", "ben"];
  const cases: [knowsUsers: boolean, RateSubject, RateSubject, passes: boolean][] = [
    [true, { ...somebody, userId: ada }, { ...somebody, userId: ben }, true],
    [true, { ...somebody, userId: ada }, { userId: ada, remoteAddress: "192.0.2.2" }, false],
    [false, { ...somebody, userId: ada }, { ...somebody, userId: ben }, false],
    [false, { ...somebody, userId: ada }, { userId: ada, remoteAddress: "192.0.2.2" }, true],
    [
      false,
      { ...somebody, remoteAddress: "2001:db8::1" },
      { ...somebody, remoteAddress: "2001:db8::2:1" },
      false,
    ],
  ];
  for (const [knowsUsers, one, other, passes] of cases) {
    const now = new ManualClock().now;
    const limits = new RateLimits(resolveRateLimit({ now }), knowsUsers);
    const limiter = limits.limiter(one);
    send(limiter, 20);
    limiter.end();
    assertEquals(limits.limiter(other).check() === "pass", passes);
  }
});

Deno.test("RateLimits keeps the rates of single events", () => {
  const clock = new ManualClock();
  const events = { report: { perSecond: 0.1, burst: 1 } };
  const limits = new RateLimits(resolveRateLimit({ events, now: clock.now }));
  const limiter = limits.limiter(somebody);
  assertEquals(limiter.checkEvent("report"), "pass");
  limiter.end();
  clock.time += 4_000;
  assertEquals(limits.limiter(somebody).checkEvent("report"), { retryAfter: 6 });
  clock.time += 6_000;
  assertEquals(limits.limiter(somebody).checkEvent("report"), "pass");
});

Deno.test("RateLimiter.end() may be called twice, and before any message", () => {
  const limits = new RateLimits(resolveRateLimit({ now: new ManualClock().now }));
  limits.limiter(somebody).end();
  const limiter = limits.limiter(somebody);
  assertEquals(passing(limiter, 20), 20);
  limiter.end();
  limiter.end();
  assertEquals(limiter.check(), "disconnect");
  const next = [limits.limiter(somebody), limits.limiter(somebody)];
  assertEquals(next.map((limiter) => passing(limiter, 40)), [0, 20]);
});

Deno.test("RateLimiter.allowance tells what is left of an earlier connection", () => {
  const clock = new ManualClock();
  const limits = new RateLimits(resolveRateLimit({ perSecond: 5, burst: 10.5, now: clock.now }));
  const first = limits.limiter(somebody);
  assertEquals(first.allowance, { perSecond: 5, burst: 10 });
  send(first, 8);
  first.end();
  assertEquals(limits.limiter(somebody).allowance, { perSecond: 5, burst: 2 });
  clock.time += 1_000;
  const next = limits.limiter(somebody);
  assertEquals([next.allowance.burst, passing(next, 9)], [7, 7]);
  const other = limits.limiter({ ...somebody, remoteAddress: "192.0.2.2" });
  assertEquals(other.allowance.burst, 10);
});
