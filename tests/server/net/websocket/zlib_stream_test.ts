/** The runtime's zlib, driven step by step. */

import { assert, assertEquals } from "@std/assert";
import zlib from "node:zlib";
import {
  findZlib,
  isDrivable,
  syncFlush,
  type ZlibModule,
  ZlibStream,
} from "../../../../server/net/websocket/zlib_stream.ts";
import { hex, toHex } from "../../../support/splits.ts";

const hello = new TextEncoder().encode("Hello");
const settings = { windowBits: 15, level: 6, memLevel: 8 };

Deno.test("findZlib() finds the one of this runtime", () => {
  assert(findZlib() !== undefined);
});

Deno.test("ZlibStream.step() compresses and inflates, and tells what is left", () => {
  const output = new Uint8Array(20);
  const deflate = ZlibStream.deflate(zlib, settings);
  assertEquals(deflate.step(syncFlush, hello, 0, hello.length, output, 2), "");
  assertEquals([deflate.inputLeft, deflate.outputLeft], [0, 20 - 2 - 11]);
  assertEquals(toHex(output.subarray(2, 13)), "f248cdc9c907000000ffff");
  const inflate = ZlibStream.inflate(zlib);
  assertEquals(inflate.step(syncFlush, output.slice(), 2, 13, output, 17), "");
  assertEquals([inflate.inputLeft > 0, inflate.outputLeft], [true, 0]);
  for (const stream of [deflate, inflate]) stream.close();
});

Deno.test("ZlibStream.step() returns zlib's text for what is wrong, and nothing of earlier steps", () => {
  const output = new Uint8Array(20);
  const inflate = ZlibStream.inflate(zlib);
  assertEquals(inflate.step(syncFlush, hex("07"), 0, 1, output, 0), "invalid block type");
  inflate.reset();
  assertEquals(inflate.step(syncFlush, hex("f248cdc9c90700"), 0, 7, output, 0), "");
  inflate.close();
});

Deno.test("ZlibStream.close() counts a stream once", () => {
  const before = ZlibStream.open;
  const stream = ZlibStream.deflate(zlib, settings);
  assertEquals(ZlibStream.open, before + 1);
  stream.close();
  stream.close();
  assertEquals(ZlibStream.open, before);
});

Deno.test("isDrivable() refuses streams that do something else, and leaves none open", () => {
  const before = ZlibStream.open;
  assert(isDrivable(zlib));
  const others: Partial<ZlibModule>[] = [
    {},
    { createDeflateRaw: () => ({} as ReturnType<ZlibModule["createDeflateRaw"]>) },
    { createInflateRaw: () => zlib.createInflate() as ReturnType<ZlibModule["createInflateRaw"]> },
  ];
  for (const other of others.slice(1)) assert(!isDrivable({ ...zlib, ...other }));
  assert(!isDrivable({} as ZlibModule));
  assertEquals(ZlibStream.open, before);
});
