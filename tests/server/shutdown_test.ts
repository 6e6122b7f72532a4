/** Tests of server/shutdown.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { resolveShutdown } from "../../server/shutdown.ts";

Deno.test("resolveShutdown() has a default for everything", () => {
  const reason = "Server shutting down";
  const defaults = { code: 1012, reason, delay: 0, deadline: 10_000, spread: 0 };
  assertEquals(resolveShutdown({}), defaults);
});

Deno.test("resolveShutdown() leaves the last to be closed half of the deadline", () => {
  assertEquals(resolveShutdown({ spread: 60_000, deadline: 1_000 }).spread, 500);
  assertEquals(resolveShutdown({ spread: 400, deadline: 1_000 }).spread, 400);
});

Deno.test("resolveShutdown() keeps times within what timers can wait", () => {
  const { delay, deadline, spread } = resolveShutdown({
    delay: Infinity,
    deadline: Infinity,
    spread: Infinity,
  });
  assertEquals([delay, deadline, spread], [2 ** 31 - 1, 2 ** 31 - 1, (2 ** 31 - 1) / 2]);
});

Deno.test("resolveShutdown() refuses a code that may not be sent, and long reasons", () => {
  assertThrows(() => resolveShutdown({ code: 1006 }), RangeError);
  assertThrows(() => resolveShutdown({ reason: "x".repeat(124) }), RangeError);
});
