/** Tests of server/net/websocket/cork.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { setImmediate } from "node:timers/promises";
import { Cork } from "../../../../server/net/websocket/cork.ts";

/** Counts its flushes. */
class Item {
  flushes = 0;

  flush(): void {
    this.flushes++;
  }
}

Deno.test("Cork.add() flushes each item once, at the end of the turn", async () => {
  const cork = new Cork();
  const items = [new Item(), new Item()];
  for (const item of items) cork.add(item);
  assertEquals(items.map((item) => item.flushes), [0, 0]);
  await undefined;
  assertEquals(items.map((item) => item.flushes), [1, 1]);
  cork.add(items[0]!);
  await undefined;
  assertEquals(items.map((item) => item.flushes), [2, 1]);
});

Deno.test("Cork.add() flushes what is added by a flush afterwards", async () => {
  const cork = new Cork();
  const order: string[] = [];
  const late = { flush: () => order.push("late") };
  const early = {
    flush() {
      order.push("early");
      cork.add(late);
    },
  };
  cork.add(early);
  cork.add({ flush: () => order.push("other") });
  await undefined;
  await undefined;
  assertEquals(order, ["early", "other", "late"]);
});

Deno.test("Cork.emptyBatch is shared within a turn and new in the next one", async () => {
  const cork = new Cork();
  const first = cork.emptyBatch;
  assertStrictEquals(cork.emptyBatch, first);
  cork.add(new Item());
  await undefined;
  assert(cork.emptyBatch !== first);
  assertEquals(cork.emptyBatch.size, 0);
});

Deno.test("Cork.add() flushes 80 items in a turn, the others in later ones, in their order", async () => {
  const cork = new Cork();
  const order: number[] = [];
  for (let i = 0; i < 200; i++) cork.add({ flush: () => order.push(i) });
  const lengths: number[] = [];
  await undefined;
  lengths.push(order.length);
  while (order.length < 200) {
    await setImmediate();
    lengths.push(order.length);
  }
  assertEquals(lengths, [80, 160, 200]);
  assertEquals(order, Array.from({ length: 200 }, (_, i) => i));
});

Deno.test("Cork.add() does not keep few items waiting behind many", async () => {
  const cork = new Cork();
  const items = Array.from({ length: 2_000 }, () => new Item());
  for (const item of items) cork.add(item);
  await undefined;
  const single = new Item();
  cork.add(single);
  await undefined;
  assertEquals([single.flushes, items.at(-1)!.flushes], [1, 0]);
  const more = Array.from({ length: 2_000 }, () => new Item());
  for (const item of more) cork.add(item);
  while (more.at(-1)!.flushes === 0) await setImmediate();
  assertEquals(new Set([...items, ...more].map((item) => item.flushes)), new Set([1]));
});

Deno.test("Cork.add() flushes 112 items in a turn where others are late", async () => {
  const cork = new Cork();
  let flushes = 0;
  const item = { flush: () => flushes++ };
  for (let i = 0; i < 100; i++) cork.add(item);
  await undefined;
  assertEquals(flushes, 80);
  for (let i = 0; i < 200; i++) {
    cork.add(item);
    await undefined;
  }
  assertEquals(flushes, 112);
  while (flushes < 300) {
    const before = flushes;
    await setImmediate();
    assert(flushes - before <= 112);
  }
});

Deno.test("Cork.add() lets no turn pass where nobody is late", async () => {
  const cork = new Cork();
  let flushes = 0;
  for (let i = 1; i <= 300; i++) {
    cork.add({ flush: () => flushes++ });
    await undefined;
    assertEquals(flushes, i);
  }
});
