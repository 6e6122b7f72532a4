/** Tests of server/net/read_buffers.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type ReadBuffer, ReadBuffers } from "../../../server/net/read_buffers.ts";

/** Reads that leave a part of the buffer empty. */
function readSmall(buffer: ReadBuffer, times: number): void {
  for (let i = 0; i < times; i++) buffer.adapt(1);
}

Deno.test("ReadBuffer.adapt() grows step by step after reads that filled it", () => {
  const buffer = new ReadBuffers().lend();
  assertEquals(buffer.bytes.length, 1024);
  buffer.adapt(1023);
  assertEquals(buffer.bytes.length, 1024);
  for (const [full, next] of [[1024, 8192], [8192, 65_536], [65_536, 65_536]] as const) {
    buffer.adapt(full);
    assertEquals(buffer.bytes.length, next);
  }
});

Deno.test("ReadBuffer.adapt() shrinks after eight small reads in a row, and lends on", () => {
  const buffers = new ReadBuffers();
  const [one, other] = [buffers.lend(), buffers.lend()];
  for (const full of [1024, 8192]) one.adapt(full);
  const lent = one.bytes;
  readSmall(one, 7);
  one.adapt(8193); // a read that needs it begins the count anew
  readSmall(one, 7);
  assertStrictEquals(one.bytes, lent);
  readSmall(one, 1);
  assertEquals(one.bytes.length, 8192);
  for (const full of [1024, 8192]) other.adapt(full);
  assertStrictEquals(other.bytes, lent);
});

Deno.test("ReadBuffer.adapt() keeps a buffer that messages fill a little more than the next smaller", () => {
  const buffer = new ReadBuffers().lend();
  buffer.adapt(1024);
  const lent = buffer.bytes;
  for (let i = 0; i < 100; i++) buffer.adapt(1108);
  assertStrictEquals(buffer.bytes, lent);
});

Deno.test("ReadBuffers.lendSlot() begins with the slot of an idle reader", () => {
  const buffer = new ReadBuffers().lendSlot();
  assertEquals(buffer.bytes.length, 128);
  buffer.adapt(127);
  assertEquals(buffer.bytes.length, 128);
  buffer.adapt(128);
  assertEquals(buffer.bytes.length, 1024);
});

Deno.test("ReadBuffer.adapt() does not go back to the slot while nothing says that it rests", () => {
  const buffer = new ReadBuffers().lend();
  readSmall(buffer, 100);
  assertEquals(buffer.bytes.length, 1024);
});

Deno.test("ReadBuffer.rest() goes back to the slot after the next read that fits it", () => {
  const buffer = new ReadBuffers().lend();
  for (const full of [1024, 8192]) buffer.adapt(full);
  buffer.shrinkLater();
  buffer.adapt(129);
  assertEquals(buffer.bytes.length, 65_536);
  buffer.adapt(128);
  assertEquals(buffer.bytes.length, 128);
  buffer.shrinkLater();
  buffer.adapt(128);
  readSmall(buffer, 1);
  assertEquals(buffer.bytes.length, 1024);
});

Deno.test("ReadBuffers cuts slots that do not overlap", () => {
  const buffers = new ReadBuffers();
  const lent = Array.from({ length: 200 }, () => buffers.lendSlot());
  lent.forEach(({ bytes }, index) => bytes.fill(index));
  lent.forEach(({ bytes }, index) => assertEquals(bytes, new Uint8Array(128).fill(index)));
});

Deno.test("ReadBuffers lends no buffer to two at a time", () => {
  const buffers = new ReadBuffers();
  const lent = Array.from({ length: 100 }, () => buffers.lendSlot());
  for (const size of [128, 1024, 8192]) {
    for (const buffer of lent) buffer.adapt(size);
    assertEquals(new Set(lent.map((buffer) => buffer.bytes)).size, 100);
  }
  for (const buffer of lent) buffer.giveBack();
  const again = [...lent, ...lent].map(() => buffers.lendSlot());
  assertEquals(new Set(again.map((buffer) => buffer.bytes)).size, 200);
});

Deno.test("ReadBuffer.giveBack() gives back once", () => {
  const buffers = new ReadBuffers();
  const buffer = buffers.lend();
  const { bytes } = buffer;
  buffer.giveBack();
  buffer.giveBack();
  assertStrictEquals(buffers.take(1), bytes);
  assert(buffers.take(1) !== bytes);
  assertEquals(buffer.bytes.length, 1024); // another one, should it read again
});

Deno.test("ReadBuffers keeps no more than 64 buffers of a size", () => {
  const buffers = new ReadBuffers();
  const given = Array.from({ length: 70 }, () => new Uint8Array(65_536));
  for (const buffer of given) buffers.keep(3, buffer);
  const taken = given.map(() => buffers.take(3));
  assertEquals(taken.filter((buffer) => given.includes(buffer)).length, 64);
});

Deno.test("ReadBuffer.shrink() goes back to where a reader begins, and no further", () => {
  const buffers = new ReadBuffers();
  const buffer = buffers.lend();
  assertEquals([buffer.adapt(1024), buffer.adapt(8192), buffer.size], [true, true, 65_536]);
  buffer.shrink();
  assertEquals(buffer.bytes.length, 1024);
  const slot = buffers.lendSlot();
  slot.shrink();
  assertEquals([slot.size, slot.adapt(5)], [128, false]);
});

Deno.test("ReadBuffer.abandon() lends what somebody holds to nobody else", () => {
  const buffers = new ReadBuffers();
  const buffer = buffers.lend();
  const held = buffer.bytes;
  buffer.abandon();
  buffer.giveBack();
  assert(buffers.lend().bytes.buffer !== held.buffer);
  assert(buffer.bytes.buffer !== held.buffer);
});
