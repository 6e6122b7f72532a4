/** How presence is kept, and who is told. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { MemoryPresence } from "../../../../server/app/presence/memory_presence.ts";
import { resolvePresenceOptions } from "../../../../server/app/presence/options.ts";

Deno.test("resolvePresenceOptions() keeps presence where the broker does, and tells everybody", () => {
  const { store, ...others } = resolvePresenceOptions(true)!;
  assertEquals(store, undefined);
  assertEquals(others, { audience: "everybody", grace: 5_000, interval: 250 });
  assertEquals(resolvePresenceOptions(false), undefined);
});

Deno.test("resolvePresenceOptions() takes a store and a grace time", () => {
  const store = new MemoryPresence();
  const options = resolvePresenceOptions({ store, grace: 0, audience: "rooms" })!;
  assertStrictEquals(options.store, store);
  assertEquals([options.grace, options.audience], [0, "rooms"]);
});

Deno.test("resolvePresenceOptions() refuses what cannot be", () => {
  for (const grace of [-1, NaN, Infinity, 2 ** 31]) {
    assertThrows(() => resolvePresenceOptions({ grace }), RangeError, "presence.grace");
    const interval = grace;
    assertThrows(() => resolvePresenceOptions({ interval }), RangeError, "presence.interval");
  }
  const audience = "friends" as "rooms";
  assertThrows(() => resolvePresenceOptions({ audience }), TypeError, "presence.audience");
});
