/** Attempts to authenticate, by address: failures cost time, and the work for them is bounded. */

import { assert, assertEquals } from "@std/assert";
import { type Attempt, AuthAttempts } from "../../../../server/app/auth/attempts.ts";
import { ManualClock } from "../../../support/clients.ts";

interface Setting {
  readonly attempts: AuthAttempts;
  readonly clock: ManualClock;
  /** Names of attempts in the order in which they may be verified; with a dash where they may not. */
  readonly trace: string[];
  /** An attempt that waits for its turn. */
  begin(name: string, address?: string): Promise<void>;
}

function setUp(limits: { maxFailures?: number; maxRate?: number } = {}): Setting {
  const clock = new ManualClock();
  const attempts = new AuthAttempts({ maxFailures: 10, maxRate: 2, ...limits }, clock);
  const trace: string[] = [];
  const begin = async (name: string, address = "192.0.2.1") => {
    trace.push(await attempts.begin(address) ? name : `-${name}`);
  };
  return { attempts, clock, trace, begin };
}

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function endAll(attempts: AuthAttempts, outcomes: Attempt[], address = "192.0.2.1"): void {
  for (const outcome of outcomes) attempts.end(address, outcome);
}

Deno.test("AuthAttempts.begin() lets good ones through as fast as they are verified", async () => {
  const { attempts, clock, trace, begin } = setUp();
  for (let i = 0; i < 6; i++) void begin(`${i}`);
  await settle();
  assertEquals(trace, ["0", "1"]);
  endAll(attempts, ["accepted", "undecided"]);
  await settle();
  assertEquals(trace, ["0", "1", "5", "4"]);
  endAll(attempts, ["accepted", "accepted"]);
  await settle();
  assertEquals(trace, ["0", "1", "5", "4", "3", "2"]);
  endAll(attempts, ["accepted", "accepted"]);
  assertEquals(clock.size, 0);
});

Deno.test("hostile 137: AuthAttempts.begin() bounds how many bad ones are verified a second", async () => {
  const { attempts, clock, begin } = setUp();
  let verified = 0;
  for (let i = 0; i < 200; i++) {
    void begin("bad").then(() => {
      verified++;
      attempts.end("192.0.2.1", "refused");
    });
  }
  for (let i = 0; i < 40; i++) {
    clock.pass(100);
    await settle();
  }
  assertEquals(verified, 2 + 2 * 4, "two at once, and two a second");
});

Deno.test("hostile 137: AuthAttempts.begin() serves the newest first, whatever waits", async () => {
  const { attempts, clock, trace, begin } = setUp();
  for (let i = 0; i < 500; i++) void begin("bad");
  await settle();
  endAll(attempts, ["refused", "refused"]);
  void begin("good");
  await settle();
  assertEquals(trace, ["bad", "bad"]);
  clock.pass(500);
  await settle();
  assertEquals(trace, ["bad", "bad", "good"]);
});

Deno.test("hostile 137: AuthAttempts.begin() sends away what has waited for five seconds", async () => {
  const { attempts, clock, trace, begin } = setUp({ maxRate: 1 });
  await attempts.begin("192.0.2.1");
  for (let i = 0; i < 8; i++) void begin(`${i}`);
  for (let i = 0; i < 50; i++) {
    clock.pass(100);
    await settle();
  }
  assertEquals(trace, ["7", "6", "5", "4", "-0", "-1", "-2", "-3"]);
  assertEquals(clock.size, 0);
});

Deno.test("hostile 137: AuthAttempts.begin() keeps a bounded number waiting", async () => {
  const { trace, begin } = setUp({ maxRate: 1 });
  for (let i = 0; i <= 10_002; i++) void begin(`${i}`);
  await settle();
  assertEquals(trace, ["0", "-1", "-2"]);
});

Deno.test("hostile 114: AuthAttempts.fail() has failures beyond the limit answered late", () => {
  const { attempts, clock } = setUp();
  const lateness = Array.from({ length: 12 }, () => attempts.fail("192.0.2.1"));
  assertEquals(lateness, [...Array(10).fill(0), 2_000, 2_000]);
  assertEquals(attempts.fail("192.0.2.2"), 0);
  clock.time += attempts.retryAfter * 1_000;
  assertEquals([attempts.fail("192.0.2.1"), attempts.fail("192.0.2.1")], [0, 2_000]);
});

Deno.test("hostile 114: AuthAttempts counts an IPv6 network of 64 bits as one address", () => {
  const { attempts } = setUp({ maxFailures: 3 });
  for (const address of ["2001:db8::1", "2001:0DB8:0:0:ffff::2", "2001:db8:0:0:1:2:3:4"]) {
    assertEquals(attempts.fail(address), 0);
  }
  assertEquals(attempts.fail("2001:db8::9%eth0"), 2_000);
  assertEquals(attempts.fail("2001:db8:0:1::1"), 0);
  assertEquals(attempts.size, 2);
});

Deno.test("hostile 114: AuthAttempts remembers a bounded number of addresses", () => {
  const { attempts } = setUp({ maxFailures: 1 });
  for (let i = 0; i < 10_100; i++) attempts.fail(`10.0.${i >> 8}.${i & 255}`);
  assertEquals(attempts.size, 10_000);
  assertEquals(attempts.fail("10.0.39.0"), 2_000, "the newest is not forgotten");
  assertEquals(attempts.fail("10.0.0.0"), 0, "the oldest is");
});

Deno.test("AuthAttempts forgets addresses of which nothing is to be remembered", async () => {
  const { attempts, clock, begin } = setUp();
  for (let i = 0; i < 1_000; i++) {
    const address = `10.0.${i >> 8}.${i & 255}`;
    await begin("good", address);
    attempts.end(address, "accepted");
  }
  assert(attempts.size <= 2, `${attempts.size}`);
  attempts.fail("10.1.0.1");
  clock.time += 60_000;
  attempts.fail("10.1.0.2");
  assertEquals(attempts.size, 1);
});

Deno.test("AuthAttempts does not forget an address whose token is verified, however long", async () => {
  const { attempts, begin } = setUp({ maxRate: 1 });
  await begin("stuck", "192.0.2.9");
  for (let i = 0; i < 10_100; i++) attempts.fail(`10.0.${i >> 8}.${i & 255}`);
  assertEquals(attempts.size, 10_000);
  let next = false;
  void attempts.begin("192.0.2.9").then(() => next = true);
  await settle();
  assertEquals(next, false);
  attempts.end("192.0.2.9", "accepted");
  await settle();
  assertEquals(next, true);
});

Deno.test("AuthAttempts without a limit remembers nobody", async () => {
  const { attempts, trace, begin } = setUp({ maxFailures: 0 });
  for (let i = 0; i < 100; i++) {
    void begin("any");
    assertEquals(attempts.fail("192.0.2.1"), 0);
  }
  attempts.end("192.0.2.1", "refused");
  await settle();
  assertEquals([trace.length, attempts.size], [100, 0]);
});

Deno.test("hostile 122: AuthAttempts is not confused by a clock that steps back", () => {
  const { attempts, clock } = setUp();
  clock.time = 3_600_000;
  for (let i = 0; i < 10; i++) attempts.fail("192.0.2.1");
  clock.time = 0;
  assertEquals(attempts.fail("192.0.2.1"), 2_000);
});
