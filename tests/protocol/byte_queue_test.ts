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

Deno.test("ByteQueue.reserve() at least doubles, so that appending is linear", () => {
  const queue = new ByteQueue();
  const sizes = new Set<number>();
  for (let i = 0; i < 100_000; i++) {
    queue.append(Uint8Array.of(i));
    sizes.add(queue.bytes.length);
  }
  assertEquals([...sizes], [256, 512, 1024, 4096, 16_384, 65_536, 131_072]);
});

Deno.test("ByteQueue.clear() keeps a small buffer for the next bytes", () => {
  const queue = new ByteQueue();
  queue.append(new Uint8Array(1024));
  const { bytes } = queue;
  queue.clear();
  assertEquals(queue.length, 0);
  queue.append(Uint8Array.of(7));
  assertStrictEquals(queue.bytes, bytes);
  assertEquals(queue.peek(), Uint8Array.of(7));
});

Deno.test("ByteQueue.clear() leaves a larger buffer to the next queue of that size", () => {
  const [one, other] = [new ByteQueue(), new ByteQueue()];
  for (const size of [1025, 4096, 4097, 16_384, 65_536]) {
    one.append(new Uint8Array(size));
    const { bytes } = one;
    one.clear();
    assertEquals([one.length, one.bytes.length], [0, 0]);
    assertStrictEquals(other.reserve(size), bytes);
    assertEquals(other.length, 0);
    one.append(Uint8Array.of(7));
    assert(one.bytes !== bytes);
    one.clear();
    other.clear();
  }
});

Deno.test("ByteQueue.reserve() leaves an outgrown buffer to others, and keeps its content", () => {
  const [one, other] = [new ByteQueue(), new ByteQueue()];
  one.append(new Uint8Array(3000).fill(1));
  const outgrown = one.bytes;
  one.reserve(2000);
  other.append(new Uint8Array(3000).fill(2));
  assertStrictEquals(other.bytes, outgrown);
  assertEquals(one.peek(), new Uint8Array(3000).fill(1));
});

Deno.test("ByteQueue.clear() keeps no more than 64 buffers of 64 KiB", () => {
  const queues = Array.from({ length: 70 }, () => new ByteQueue());
  const given = queues.map((queue) => queue.reserve(65_536));
  for (const queue of queues) queue.clear();
  const taken = queues.map((queue) => queue.reserve(65_536));
  assertEquals(taken.filter((buffer) => given.includes(buffer)).length, 64);
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
