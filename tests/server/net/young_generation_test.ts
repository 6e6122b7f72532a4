/** Tests of server/net/young_generation.ts with an injected clock and heap, and of the real heap. */

import { assert, assertEquals } from "@std/assert";
import { collectYoung, YoungGeneration } from "../../../server/net/young_generation.ts";
import { ManualClock } from "../../support/clients.ts";

const mib = 2 ** 20;

/** A heap whose numbers a test sets, and a server whose connections it counts. */
class Fixture {
  readonly clock = new ManualClock();
  connections = 0;
  looks = 0;
  heapTotal = 100 * mib;
  heapUsed = 60 * mib;
  /** Bytes that are allocated in a millisecond. */
  rate = 0;
  /** When young objects were collected. */
  readonly collections: number[] = [];
  /** Changes the heap at a collection. */
  collected: () => void = () => {};
  readonly #young = new YoungGeneration({
    deadlines: this.clock,
    connections: () => this.connections,
    usage: () => {
      this.looks++;
      return { heapTotal: this.heapTotal, heapUsed: this.heapUsed + this.rate * this.clock.time };
    },
    collect: () => {
      this.collections.push(this.clock.time);
      this.collected();
    },
  });

  open(count: number): this {
    for (let i = 0; i < count; i++) {
      this.connections++;
      this.#young.opened();
    }
    return this;
  }
}

Deno.test("YoungGeneration collects, seconds apart, until what was set aside is given back", () => {
  const fixture = new Fixture().open(1000);
  fixture.collected = () => {
    if (fixture.collections.length === 3) fixture.heapTotal = 62 * mib;
  };
  fixture.clock.pass(3_600_000);
  assertEquals(fixture.collections, [1_000, 4_000, 7_000]);
});

Deno.test("YoungGeneration waits as long as much is allocated", () => {
  const fixture = new Fixture();
  fixture.rate = 3_001;
  fixture.open(1000).clock.pass(20_000);
  assertEquals(fixture.collections, []);
  fixture.rate = 0;
  fixture.clock.pass(1_000); // V8 has collected by itself: less is used than before
  assertEquals(fixture.collections, []);
  fixture.clock.pass(1_000);
  assertEquals(fixture.collections, [22_000]);
});

Deno.test("YoungGeneration does nothing where little is set aside, nor for few connections", () => {
  const few = new Fixture().open(999);
  few.clock.pass(60_000);
  assertEquals([few.collections.length, few.looks, few.clock.size], [0, 0, 0]);

  const small = new Fixture();
  small.heapTotal = small.heapUsed + 8 * mib - 1;
  small.open(5000).clock.pass(60_000);
  assertEquals([small.collections.length, small.clock.size], [0, 1]);
});

Deno.test("YoungGeneration looks no more when the connections have gone, and again with others", () => {
  const fixture = new Fixture().open(1000);
  fixture.connections = 999;
  fixture.clock.pass(60_000);
  assertEquals([fixture.collections.length, fixture.clock.size], [0, 0]);
  fixture.open(1).clock.pass(1_000);
  assertEquals(fixture.collections, [61_000]);
});

Deno.test("YoungGeneration rests for a minute after five collections without effect", () => {
  const fixture = new Fixture().open(1000);
  fixture.clock.pass(80_000);
  assertEquals(fixture.collections, [1_000, 4_000, 7_000, 10_000, 13_000, 73_000, 76_000, 79_000]);
});

Deno.test("YoungGeneration counts no collection of before much was allocated", () => {
  const fixture = new Fixture().open(1000);
  fixture.clock.pass(11_000); // four of them
  fixture.heapUsed += 10 * mib;
  fixture.clock.pass(12_000);
  assertEquals(fixture.collections, [1_000, 4_000, 7_000, 10_000, 13_000, 16_000, 19_000, 22_000]);
});

Deno.test("hostile 406: storms of connections cause few collections, and none in their midst", () => {
  const fixture = new Fixture();
  for (let storm = 0; storm < 60; storm++) {
    fixture.open(1000).clock.pass(500);
    fixture.connections = 0;
    fixture.clock.pass(500);
  }
  assertEquals(fixture.collections, []); // each was over before a look

  fixture.open(1000);
  fixture.collected = () => {
    fixture.heapTotal = 62 * mib;
  };
  for (let second = 0; second < 600; second++) {
    fixture.heapTotal = 100 * mib;
    fixture.clock.pass(1_000);
  }
  assert(fixture.collections.length > 0 && fixture.collections.length <= 50); // five a minute
});

Deno.test("collectYoung() collects what was allocated just before, and touches no memory for it", () => {
  let garbage: unknown[] = [];
  // A collection of V8's own may come between: one that does not is enough.
  const freed = Array.from({ length: 10 }, () => {
    garbage = Array.from({ length: 5_000 }, (_, index) => ({ index }));
    garbage = [];
    const before = Deno.memoryUsage();
    collectYoung();
    const after = Deno.memoryUsage();
    return { heap: before.heapUsed - after.heapUsed, grown: after.rss - before.rss };
  });
  assertEquals(garbage, []);
  assert(Math.max(...freed.map(({ heap }) => heap)) > 50_000);
  assert(Math.min(...freed.map(({ grown }) => grown)) < 40 * mib);
});
