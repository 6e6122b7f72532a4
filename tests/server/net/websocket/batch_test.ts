/** Tests of server/net/websocket/batch.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Batch, type BatchReader } from "../../../../server/net/websocket/batch.ts";
import { concat } from "../../../support/bytes.ts";

/** Reads a batch to its end. */
function pieces(reader: BatchReader): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let rest = reader.rest; rest > 0; rest = reader.rest) {
    pieces.push(reader.next());
    assertEquals(reader.rest, rest - pieces.at(-1)!.length);
  }
  return pieces;
}

/** A batch of frames of these sizes, each filled with its number. */
function batchOf(sizes: readonly number[]): { batch: Batch; frames: Uint8Array[] } {
  const frames = sizes.map((size, n) => new Uint8Array(size).fill(n));
  return { batch: frames.reduce((batch, frame) => batch.with(frame), new Batch()), frames };
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
  }));
});

Deno.test("Batch.bytes() of a batch that others have gone on from stays as it was", () => {
  const frames = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)] as const;
  const short = new Batch().with(frames[0]);
  const left = short.with(frames[1]);
  const right = short.with(frames[2]);
  assertEquals([short, left, right].map((batch) => [...batch.bytes()]), [[1], [1, 2], [1, 3]]);
});

Deno.test("Batch joins tiny frames in a row, and stays the same object for all", () => {
  const frames = Array.from({ length: 1_000 }, (_, n) => new Uint8Array(n % 100 + 2).fill(n));
  const empty = new Batch();
  const batches = [1, 2].map(() => frames.reduce((batch, frame) => batch.with(frame), empty));
  assertStrictEquals(batches[0], batches[1]);
  assertEquals(batches[0]!.bytes(), concat(frames));
});

Deno.test("Batch.reader() gives whole frames, joined up to 512 KiB", () => {
  const sizes = [200_000, 200_000, 200_000, 600_000, 10, 524_278, 1, 2_000_000];
  const { batch, frames } = batchOf(sizes);
  const joined = pieces(batch.reader()).map(({ length }) => length);
  assertEquals(joined, [400_000, 200_000, 600_000, 524_288, 1, 2_000_000]);
  assertEquals(concat(pieces(batch.reader())), concat(frames));
});

Deno.test("Batch.reader() writes a long frame as it is, and shares pieces of the same place", () => {
  const { batch, frames } = batchOf([700_000, 200_000, 200_000]);
  const [one, other] = [batch.reader(), batch.reader()];
  assertStrictEquals(one.next(), frames[0]);
  assertStrictEquals(other.next(), frames[0]);
  assertStrictEquals(one.next(), other.next());
  assertEquals([one.rest, other.rest], [0, 0]);
});

Deno.test("Batch.isShort tells whether one write is enough, isSmall whether to copy is less", () => {
  const what = (...sizes: number[]) => {
    const { batch } = batchOf(sizes);
    return [batch.isShort, batch.isSmall];
  };
  assertEquals([what(16_384), what(16_384, 1)], [[true, true], [true, false]]);
  assertEquals([what(524_288), what(524_288, 1)], [[true, false], [false, false]]);
});
