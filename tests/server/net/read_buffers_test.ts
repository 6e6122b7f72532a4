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
  one.adapt(1024);
  const lent = one.bytes;
  readSmall(one, 7);
  one.adapt(1025); // a read that needs it begins the count anew
  readSmall(one, 7);
  assertStrictEquals(one.bytes, lent);
  readSmall(one, 1);
  assertEquals(one.bytes.length, 1024);
  other.adapt(1024);
  assertStrictEquals(other.bytes, lent);
});

Deno.test("ReadBuffer.adapt() keeps a buffer that messages fill a little more than the next smaller", () => {
  const buffer = new ReadBuffers().lend();
  buffer.adapt(1024);
  const lent = buffer.bytes;
  for (let i = 0; i < 100; i++) buffer.adapt(1108);
  assertStrictEquals(buffer.bytes, lent);
});

Deno.test("ReadBuffers lends no buffer to two at a time", () => {
  const buffers = new ReadBuffers();
  const lent = Array.from({ length: 100 }, () => buffers.lend());
  for (const size of [1024, 8192]) {
    for (const buffer of lent) buffer.adapt(size);
    assertEquals(new Set(lent.map((buffer) => buffer.bytes)).size, 100);
  }
  for (const buffer of lent) buffer.giveBack();
  for (const buffer of lent) buffer.adapt(1024);
  assertEquals(new Set(lent.map((buffer) => buffer.bytes)).size, 100);
});

Deno.test("ReadBuffer.giveBack() gives back once", () => {
  const buffers = new ReadBuffers();
  const buffer = buffers.lend();
  buffer.adapt(1024);
  buffer.giveBack();
  buffer.giveBack();
  assert(buffers.take(0) !== buffers.take(0));
});

Deno.test("ReadBuffers keeps no more than 64 buffers of a size", () => {
  const buffers = new ReadBuffers();
  const given = Array.from({ length: 70 }, () => new Uint8Array(65_536));
  for (const buffer of given) buffers.keep(1, buffer);
  const taken = given.map(() => buffers.take(1));
  assertEquals(taken.filter((buffer) => given.includes(buffer)).length, 64);
});
