/** Limits and compression of a connection, from its options. */

import { assertEquals, assertThrows } from "@std/assert";
import { makeDeflater, makeInflater, resolveLimits } from "../../protocol/connection_options.ts";
import { utf8 } from "../support/bytes.ts";

Deno.test("resolveLimits() has defaults, and refuses what is no limit", () => {
  assertEquals(resolveLimits({}), { maxMessageSize: 1_048_576, maxFragments: 16_384 });
  assertEquals(resolveLimits({ maxFragments: 0 }).maxFragments, 0);
  assertThrows(() => resolveLimits({ maxMessageSize: -1 }), RangeError, "maxMessageSize");
  assertThrows(() => resolveLimits({ maxFragments: NaN }), RangeError, "maxFragments");
});

Deno.test("makeDeflater() and makeInflater() follow the terms of the sender's direction", () => {
  const terms = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 9,
  };
  const message = utf8("the same text twice, the same text twice");
  for (const [role, keepsContext] of [["server", true], ["client", false]] as const) {
    const deflater = makeDeflater(role, terms);
    const inflater = makeInflater(role, terms);
    const sizes = [1, 2].map(() => {
      const compressed = deflater.compress(message).slice();
      const received: number[] = [];
      inflater.inflate(compressed, true, (output) => void received.push(...output));
      assertEquals(received, [...message]);
      return compressed.length;
    });
    assertEquals(sizes[1]! < sizes[0]!, keepsContext, role);
  }
});
