/** Failed attempts to authenticate, counted per address. */

import { assert, assertEquals } from "@std/assert";
import { AuthFailures } from "../../../server/app/auth_failures.ts";
import { ManualClock } from "../../support/clients.ts";

function failuresAt(perMinute = 10): { failures: AuthFailures; clock: ManualClock } {
  const clock = new ManualClock();
  return { failures: new AuthFailures(perMinute, clock.now), clock };
}

function fail(failures: AuthFailures, address: string, times: number): void {
  for (let i = 0; i < times; i++) failures.add(address);
}

Deno.test("hostile 114: AuthFailures.isBlocked() tells an address after so many failures", () => {
  const { failures } = failuresAt();
  fail(failures, "192.0.2.1", 9);
  assert(!failures.isBlocked("192.0.2.1"));
  fail(failures, "192.0.2.1", 1);
  assert(failures.isBlocked("192.0.2.1"));
  assert(!failures.isBlocked("192.0.2.2"));
});

Deno.test("AuthFailures gives attempts back evenly, and forgets who has all of them", () => {
  const { failures, clock } = failuresAt();
  fail(failures, "192.0.2.1", 10);
  clock.time += failures.retryAfter * 1_000;
  assert(!failures.isBlocked("192.0.2.1"));
  fail(failures, "192.0.2.1", 1);
  assert(failures.isBlocked("192.0.2.1"));
  clock.time += 60_000;
  assert(!failures.isBlocked("192.0.2.1"));
  assertEquals(failures.size, 0);
});

Deno.test("hostile 114: AuthFailures counts an IPv6 network of 64 bits as one address", () => {
  const { failures } = failuresAt(3);
  for (const address of ["2001:db8::1", "2001:0DB8:0:0:ffff::2", "2001:db8:0:0:1:2:3:4"]) {
    failures.add(address);
  }
  assert(failures.isBlocked("2001:db8::9%eth0"));
  assert(!failures.isBlocked("2001:db8:0:1::1"));
  assertEquals(failures.size, 1);
});

Deno.test("hostile 114: AuthFailures remembers a bounded number of addresses", () => {
  const { failures } = failuresAt(1);
  for (let i = 0; i < 10_100; i++) failures.add(`10.0.${i >> 8}.${i & 255}`);
  assertEquals(failures.size, 10_000);
  assert(!failures.isBlocked("10.0.0.0"), "the oldest is forgotten");
  assert(failures.isBlocked("10.0.39.0"), "the newest is not");
});

Deno.test("AuthFailures without a limit remembers nobody", () => {
  const { failures } = failuresAt(0);
  fail(failures, "192.0.2.1", 1_000);
  assert(!failures.isBlocked("192.0.2.1"));
  assertEquals(failures.size, 0);
});

Deno.test("hostile 122: AuthFailures is not confused by a clock that steps back", () => {
  const { failures, clock } = failuresAt();
  clock.time = 3_600_000;
  fail(failures, "192.0.2.1", 10);
  clock.time = 0;
  assert(failures.isBlocked("192.0.2.1"));
});
