/** Tests of server/net/websocket/cork.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
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
