/** Tests of server/net/read_buffers.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ReadBuffers } from "../../../server/net/read_buffers.ts";

Deno.test("ReadBuffer.adapt() grows after a read that filled it", () => {
  const buffer = new ReadBuffers().lend();
  assertEquals(buffer.bytes.length, 1024);
  buffer.adapt(1023);
  assertEquals(buffer.bytes.length, 1024);
  buffer.adapt(1024);
  assertEquals(buffer.bytes.length, 65_536);
});

Deno.test("ReadBuffer.adapt() shrinks after a small read, and lends the large one to the next", () => {
  const buffers = new ReadBuffers();
  const [one, other] = [buffers.lend(), buffers.lend()];
  one.adapt(1024);
  const large = one.bytes;
  one.adapt(1025);
  assertStrictEquals(one.bytes, large);
  one.adapt(1024);
  assertEquals(one.bytes.length, 1024);
  other.adapt(1024);
  assertStrictEquals(other.bytes, large);
});

Deno.test("ReadBuffers lends no large buffer to two at a time", () => {
  const buffers = new ReadBuffers();
  const lent = Array.from({ length: 100 }, () => buffers.lend());
  for (const buffer of lent) buffer.adapt(1024);
  assertEquals(new Set(lent.map((buffer) => buffer.bytes)).size, 100);
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
  assert(buffers.takeLarge() !== buffers.takeLarge());
});

Deno.test("ReadBuffers keeps no more than 64 large buffers", () => {
  const buffers = new ReadBuffers();
  const given = Array.from({ length: 70 }, () => new Uint8Array(65_536));
  for (const buffer of given) buffers.keepLarge(buffer);
  const taken = given.map(() => buffers.takeLarge());
  assertEquals(taken.filter((buffer) => given.includes(buffer)).length, 64);
});
