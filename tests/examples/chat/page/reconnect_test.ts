/** When the chat page connects again, and after how long. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { mayReconnect, reconnectDelay } from "../../../../examples/chat/page/reconnect.js";

Deno.test("mayReconnect() tries again after a restart, an overload and a lost connection", () => {
  for (const code of [1001, 1005, 1006, 1009, 1011, 1012, 1013, 1014, 3000, 4008, 4408, 4429]) {
    assertEquals(mayReconnect(code), true, `${code}`);
  }
});

Deno.test("mayReconnect() stops after a normal closure, a fault and a refusal", () => {
  for (const code of [1000, 1002, 1003, 1007, 1008, 1010, 4400, 4401, 4403, 4404, 4499]) {
    assertEquals(mayReconnect(code), false, `${code}`);
  }
});

Deno.test("reconnectDelay() doubles its range from two seconds to thirty", () => {
  const longest = [0, 1, 2, 3, 4, 5, 100].map((attempt) => reconnectDelay(attempt, () => 1));
  assertEquals(longest, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("reconnectDelay() is never below one second nor above thirty", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const delay = reconnectDelay(attempt, () => random);
      assert(delay >= 1_000 && delay <= 30_000, `${delay}`);
    }),
  );
});
