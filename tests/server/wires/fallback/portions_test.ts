/** Pieces that responses share, handed out in small portions. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Portions } from "../../../../server/wires/fallback/portions.ts";

const portionSize = 16_384;

function portionsOf(pieces: readonly Uint8Array[]): Portions {
  const rest = pieces.values();
  return new Portions(() => rest.next().value);
}

function bytes(size: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index + seed);
}

Deno.test("Portions.take() hands out all pieces in their order", () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(50_000)), { maxLength: 20 });
  fc.assert(
    fc.property(sizes, (sizes) => {
      const pieces = sizes.map((size, index) => bytes(size, index));
      const portions = portionsOf(pieces);
      const taken: number[] = [];
      for (let portion; (portion = portions.take()).length > 0;) {
        assert(portion.length <= portionSize);
        taken.push(...portion);
      }
      assertEquals(taken, pieces.flatMap((piece) => [...piece]));
      assertEquals(portions.rest, 0);
    }),
    { numRuns: 20 },
  );
});

Deno.test("Portions.take() copies nothing of a long piece", () => {
  const piece = bytes(40_000);
  const portions = portionsOf([piece]);
  for (const [size, rest] of [[portionSize, 23_616], [portionSize, 7_232], [7_232, 0]] as const) {
    const portion = portions.take();
    assertStrictEquals(portion.buffer, piece.buffer);
    assertEquals([portion.length, portions.rest], [size, rest]);
  }
});

Deno.test("Portions.take() goes on where there were no pieces for a while", () => {
  const waiting = [bytes(3)];
  const portions = new Portions(() => waiting.shift());
  assertEquals([portions.take().length, portions.take().length], [3, 0]);
  waiting.push(bytes(4));
  assertEquals(portions.take().length, 4);
});

Deno.test("Portions.body() is made at once where it is short, and as a stream where it is long", async () => {
  for (const size of [0, 100, portionSize, 100_000]) {
    let ends = 0;
    const body = portionsOf([bytes(size)]).body(() => void ends++);
    const isShort = size < portionSize;
    assertEquals([body instanceof Uint8Array, ends], [isShort, isShort ? 1 : 0]);
    assertEquals((await new Response(body).bytes()).length, size);
    assertEquals(ends, 1);
  }
});

Deno.test("hostile 143: Portions.body() asks for no piece before the reader does", async () => {
  let asked = 0;
  let ends = 0;
  const portions = new Portions(() => asked++ < 100 ? bytes(portionSize) : undefined);
  const body = portions.body(() => void ends++) as ReadableStream<Uint8Array>;
  assertEquals(asked, 1);
  const reader = body.getReader();
  await reader.read();
  await reader.read();
  assert(asked <= 3, `${asked}`);
  await reader.cancel();
  assertEquals(ends, 1);
});
