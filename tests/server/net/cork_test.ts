/** Tests of server/net/cork.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Batch, Cork } from "../../../server/net/cork.ts";
import { concat } from "../../support/bytes.ts";

/** Counts its flushes. */
class Item {
  flushes = 0;

  flush(): void {
    this.flushes++;
  }
}

Deno.test("Batch.with() gives the same object to all who add the same frame next", () => {
  const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)];
  const empty = new Batch();
  const batches = [1, 2, 3].map(() => empty.with(first).with(second));
  assertStrictEquals(batches[1], batches[0]);
  assertStrictEquals(batches[2], batches[0]);
  assertStrictEquals(batches[1]!.bytes(), batches[2]!.bytes());
});

Deno.test("Batch.with() tells frames of equal content apart", () => {
  const empty = new Batch();
  const one = empty.with(Uint8Array.of(1));
  assert(empty.with(Uint8Array.of(1)) !== one);
  assertEquals(one.bytes(), Uint8Array.of(1));
});

Deno.test("Batch.bytes() is the frame itself where there is only one", () => {
  const frame = Uint8Array.of(1, 2, 3);
  assertStrictEquals(new Batch().with(frame).bytes(), frame);
});

Deno.test("Batch.bytes() joins the frames in the order in which they were added", () => {
  const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 30 });
  fc.assert(fc.property(frames, (frames) => {
    const batch = frames.reduce((batch, frame) => batch.with(frame), new Batch());
    assertEquals(batch.bytes(), concat(frames));
    assertEquals(batch.size, concat(frames).length);
    assertEquals(batch.count, frames.length);
  }));
});

Deno.test("Batch.bytes() of a batch that others have gone on from stays as it was", () => {
  const frames = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)] as const;
  const short = new Batch().with(frames[0]);
  const left = short.with(frames[1]);
  const right = short.with(frames[2]);
  assertEquals([short, left, right].map((batch) => [...batch.bytes()]), [[1], [1, 2], [1, 3]]);
});

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
