/** Tests of server/limit_options.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { numberNames, resolveNumbers } from "../../server/limit_options.ts";

Deno.test("resolveNumbers() completes all, and takes what is given", () => {
  const resolved = resolveNumbers({ port: 0, pingInterval: 0, maxQueuedBytes: Infinity });
  assertEquals(Object.keys(resolved), [...numberNames]);
  const { port, pingInterval, maxQueuedBytes, maxFragments } = resolved;
  assertEquals([port, pingInterval, maxQueuedBytes, maxFragments], [0, 0, Infinity, 16_384]);
});

Deno.test("resolveNumbers() refuses numbers out of range and other types", () => {
  assertThrows(
    () => resolveNumbers({ maxMessageSize: 0 }),
    RangeError,
    "Cannot use maxMessageSize as it must be >= 1 bytes: current value is 0",
  );
  assertThrows(() => resolveNumbers({ pingInterval: -1 }), RangeError);
  assertThrows(() => resolveNumbers({ memoryBudget: NaN }), RangeError);
  assertThrows(() => resolveNumbers({ port: "80" as unknown as number }), TypeError, "port");
});
