/** The growing buffer. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { ByteQueue } from "../../protocol/byte_queue.ts";
import { concat } from "../support/bytes.ts";

Deno.test("ByteQueue is empty at first", () => {
  const queue = new ByteQueue();
  assertEquals(queue.length, 0);
  assertEquals(queue.peek(), new Uint8Array(0));
});

Deno.test("ByteQueue.append() keeps order and copies", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 700, size: "max" })), (parts) => {
    const queue = new ByteQueue();
    const expected = concat(parts);
    for (const part of parts) {
      queue.append(part);
      part.fill(0x5a);
    }
    assertEquals(queue.length, expected.length);
    assertEquals(queue.peek(), expected);
  }));
});

Deno.test("ByteQueue.reserve() makes room without counting it", () => {
  const queue = new ByteQueue();
  queue.append(Uint8Array.of(1));
  const bytes = queue.reserve(1000);
  assertEquals(queue.length, 1);
  assertEquals(bytes.length >= 1001, true);
  bytes.set([2, 3], 1);
  queue.length = 3;
  assertEquals(queue.peek(), Uint8Array.of(1, 2, 3));
});

Deno.test("ByteQueue.reserve() doubles, so that appending is linear", () => {
  const queue = new ByteQueue();
  const sizes = new Set<number>();
  for (let i = 0; i < 100_000; i++) {
    queue.append(Uint8Array.of(i));
    sizes.add(queue.bytes.length);
  }
  assertEquals([...sizes], Array.from({ length: 10 }, (_, i) => 256 << i));
});

Deno.test("ByteQueue.clear() keeps a small buffer for the next bytes", () => {
  const queue = new ByteQueue();
  queue.append(new Uint8Array(64 * 1024));
  const { bytes } = queue;
  queue.clear();
  assertEquals(queue.length, 0);
  queue.append(Uint8Array.of(7));
  assertStrictEquals(queue.bytes, bytes);
  assertEquals(queue.peek(), Uint8Array.of(7));
});

Deno.test("ByteQueue.clear() lets a large buffer go", () => {
  const queue = new ByteQueue();
  queue.append(new Uint8Array(64 * 1024 + 1));
  queue.clear();
  assertEquals(queue.bytes.length, 0);
});

Deno.test("ByteQueue.clear() leaves a large buffer to the next queue that needs one", () => {
  const [one, other] = [new ByteQueue(), new ByteQueue()];
  one.append(new Uint8Array(300_000).fill(1));
  const large = one.bytes;
  one.clear();
  assertEquals(one.bytes.length, 0);
  assertStrictEquals(other.reserve(200_000), large);
  one.append(new Uint8Array(300_000).fill(2));
  assert(one.bytes !== large);
  assertEquals(other.length, 0);
});
