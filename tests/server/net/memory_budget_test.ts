/** Tests of server/net/memory_budget.ts with a clock by hand. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countable, MemoryBudget } from "../../../server/net/memory_budget.ts";
import type { MemoryAccount } from "../../../server/types.ts";

/** A budget, and the names of those it has evicted. */
class Fixture {
  time = 0;
  readonly budget: MemoryBudget;
  readonly evicted: string[] = [];

  constructor(limit: number) {
    this.budget = new MemoryBudget(limit, () => this.time);
  }

  open(name: string, bytes: number): MemoryAccount {
    const account = this.budget.open({ evict: () => void this.evicted.push(name) });
    account.bytes = bytes;
    return account;
  }
}

Deno.test("MemoryBudget adds up what holders hold", async () => {
  const { budget } = new Fixture(100);
  const accounts = [1, 2].map(() => budget.open({ evict() {} }));
  accounts[0]!.bytes = 60;
  accounts[1]!.bytes = 40;
  accounts[0]!.bytes -= 50;
  assertEquals(budget.stats(), { used: 50, limit: 100, evictions: 0 });
  accounts[0]!.bytes = accounts[1]!.bytes = 0;
  await undefined;
  assertEquals(budget.stats(), { used: 0, limit: 100, evictions: 0 });
});

Deno.test("MemoryBudget evicts nobody at its limit, and somebody beyond it", async () => {
  const fixture = new Fixture(100);
  fixture.open("a", 60);
  const b = fixture.open("b", 40);
  await undefined;
  assertEquals(fixture.evicted, []);
  b.bytes++;
  assertEquals(fixture.evicted, []); // not within the call
  await undefined;
  assertEquals(fixture.evicted, ["a"]);
  assertEquals(fixture.budget.stats(), { used: 41, limit: 100, evictions: 1 });
});

Deno.test("hostile 138: MemoryBudget evicts the largest holders first, not those that come last", async () => {
  const fixture = new Fixture(1_000_000);
  for (let n = 0; n < 9; n++) fixture.open(`small ${n}`, 10_000);
  fixture.open("large", 900_000);
  fixture.time = 1_000;
  fixture.open("last", 300_000);
  await undefined;
  assertEquals(fixture.evicted, ["large"]);
});

Deno.test("hostile 138: MemoryBudget evicts the oldest of holders that are alike", async () => {
  const fixture = new Fixture(100_000);
  for (const name of ["a", "b", "c"]) {
    fixture.open(name, 33_000);
    fixture.time += 100;
  }
  fixture.open("d", 50_000);
  await undefined;
  assertEquals(fixture.evicted, ["a", "b"]);
});

Deno.test("hostile 138: MemoryBudget spares the one that has just come for many that stay", async () => {
  const fixture = new Fixture(1_000_000);
  for (let n = 0; n < 100; n++) fixture.open(`${n}`, 10_000);
  fixture.time = 5_000;
  fixture.open("last", 300_000);
  await undefined;
  assertEquals(fixture.evicted.length, 30);
  assertEquals(fixture.evicted.includes("last"), false);
});

Deno.test("MemoryBudget does not let age alone decide", async () => {
  const fixture = new Fixture(1_000_000);
  fixture.open("idle for a day", 8_000);
  fixture.time = 86_400_000;
  fixture.open("holder", 990_000);
  fixture.time += 10_000;
  fixture.open("last", 5_000);
  await undefined;
  assertEquals(fixture.evicted, ["holder"]);
});

Deno.test("MemoryBudget counts shared bytes once, and evicts those that hold them", async () => {
  const fixture = new Fixture(100_000);
  const { budget } = fixture;
  let holders = 3;
  const accounts = ["a", "b", "c"].map((name) => {
    const evict = () => {
      fixture.evicted.push(name);
      if (--holders === 0) budget.sharedBytes -= 80_000;
    };
    return budget.open({ evict });
  });
  budget.sharedBytes += 80_000;
  for (const account of accounts) account.sharedBytes = 80_000;
  fixture.open("own", 10_000);
  await undefined;
  assertEquals([budget.used, fixture.evicted], [90_000, []]);
  fixture.open("more", 20_000);
  await undefined;
  assertEquals([budget.used, fixture.evicted], [30_000, ["a", "b", "c"]]);
});

Deno.test("MemoryBudget counts nothing of a holder that was evicted", async () => {
  const fixture = new Fixture(10);
  const account = fixture.open("a", 11);
  await undefined;
  account.bytes = 5;
  account.bytes -= 5;
  assertEquals([account.bytes, fixture.budget.used], [0, 0]);
});

Deno.test("MemoryBudget takes note of a holder that evicts others by its own end", async () => {
  const fixture = new Fixture(100_000);
  const other = fixture.open("other", 50_000);
  fixture.open("third", 30_000);
  fixture.budget.open({ evict: () => void (other.bytes = 0) }).bytes = 120_000;
  await undefined;
  assertEquals([fixture.budget.used, fixture.evicted], [30_000, []]);
});

Deno.test("MemoryBudget stays within its limit and exact, whatever holders do", async () => {
  const step = fc.record({
    holder: fc.nat(9),
    bytes: fc.oneof(fc.nat(100), fc.nat(5_000), fc.nat(2_000_000)),
    time: fc.nat(1_000),
  });
  await fc.assert(fc.asyncProperty(fc.array(step), async (steps) => {
    const fixture = new Fixture(1_000_000);
    const accounts = Array.from({ length: 10 }, (_, n) => fixture.open(`${n}`, 0));
    for (const { holder, bytes, time } of steps) {
      fixture.time += time;
      accounts[holder]!.bytes = bytes;
      await undefined;
      const sum = accounts.reduce((sum, account) => sum + account.bytes, 0);
      assertEquals(fixture.budget.used, sum);
      assertEquals(sum <= 1_000_000, true);
    }
    for (const account of accounts) account.bytes = 0;
    assertEquals(fixture.budget.used, 0);
    assertEquals(new Set(fixture.evicted).size, fixture.evicted.length);
  }));
});

Deno.test("countable() leaves out what is small", () => {
  assertEquals([0, 1024, 1025].map(countable), [0, 0, 1025]);
});
