import { assertEquals } from "@std/assert";
import { inflateRawSync } from "node:zlib";
import {
  deflate,
  emptyDynamicBlock,
  emptyFixedBlock,
  packBlocks,
  packStoredBlocks,
} from "../../../../bench/siege/floods/deflate_blocks.ts";
import { join } from "../../../../bench/siege/floods/bytes.ts";

/** RFC 7692 §7.2.2: what a receiver appends; the final block ends the stream. */
function inflate(payload: Uint8Array): Uint8Array {
  const tail = Uint8Array.of(0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff);
  return new Uint8Array(inflateRawSync(join([payload, tail])));
}

Deno.test("packBlocks() and packStoredBlocks() make messages without data", () => {
  for (const block of [emptyFixedBlock, emptyDynamicBlock]) {
    assertEquals(inflate(packBlocks(block, 16)).length, 0);
  }
  assertEquals(inflate(packStoredBlocks(3)).length, 0);
});

Deno.test("packBlocks() has as many blocks as are asked for", () => {
  assertEquals(packBlocks(emptyFixedBlock, 16).length, 16 * emptyFixedBlock.length / 8 + 1);
  assertEquals(packBlocks(emptyDynamicBlock, 80_000).length, 80_000 * 90 / 8 + 1);
});

Deno.test("deflate() leaves out what a receiver appends", () => {
  const data = new TextEncoder().encode("Ahoy ".repeat(100));
  assertEquals(inflate(deflate(data)), data);
});
