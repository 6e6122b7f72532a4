/** The token buckets of clients that have disconnected. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { ClientBuckets } from "../../../../server/app/limits/client_buckets.ts";
import { resolveRateLimit } from "../../../../server/app/limits/rate_limit.ts";
import { SpentBuckets } from "../../../../server/app/limits/spent_buckets.ts";
import { ManualClock } from "../../../support/clients.ts";

/** Buckets of which so many messages are used up; all come back within two seconds. */
function bucketsAt(clock: ManualClock, used = 1): ClientBuckets {
  const buckets = new ClientBuckets(resolveRateLimit({ now: clock.now }));
  for (let i = 0; i < used; i++) buckets.take(undefined);
  return buckets;
}

Deno.test("SpentBuckets.take() gives what an owner has left, the first at first, and each once", () => {
  const clock = new ManualClock();
  const spent = new SpentBuckets();
  const [one, two] = [bucketsAt(clock), bucketsAt(clock)];
  spent.put("a", one);
  spent.put("a", two);
  assertStrictEquals(spent.peek("a"), one);
  assertEquals(spent.take("b"), undefined);
  assertStrictEquals(spent.take("a"), one);
  assertStrictEquals(spent.take("a"), two);
  assertEquals([spent.take("a"), spent.size], [undefined, 0]);
});

Deno.test("SpentBuckets keeps no full ones, and gives none out", () => {
  const clock = new ManualClock();
  const spent = new SpentBuckets();
  spent.put("a", bucketsAt(clock, 0));
  assertEquals(spent.size, 0);
  spent.put("a", bucketsAt(clock, 20));
  clock.time += 2_000;
  assertEquals([spent.peek("a"), spent.take("a"), spent.size], [undefined, undefined, 0]);
});

Deno.test("hostile 146: SpentBuckets keeps a bounded number, the newest ones", () => {
  const clock = new ManualClock();
  const spent = new SpentBuckets(3);
  const all = Array.from({ length: 5 }, () => bucketsAt(clock));
  all.forEach((buckets, index) => spent.put(`${index % 2}`, buckets));
  assertEquals(spent.size, 3);
  assertStrictEquals(spent.take("0"), all[2]);
  assertStrictEquals(spent.take("1"), all[3]);
});

Deno.test("SpentBuckets forgets those that are full again, while others come", () => {
  const clock = new ManualClock();
  const spent = new SpentBuckets();
  for (let i = 0; i < 1_000; i++) {
    spent.put(`${i}`, bucketsAt(clock));
    clock.time += 10;
  }
  assertEquals(spent.size <= 12, true, `${spent.size}`);
});
