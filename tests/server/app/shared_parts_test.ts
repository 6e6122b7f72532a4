/** Limits and counters of the clients of a namespace. */

import { assertEquals } from "@std/assert";
import { resolveAppOptions } from "../../../server/app/options.ts";
import { makeParts } from "../../../server/app/shared_parts.ts";

Deno.test("makeParts() makes what the options ask for", () => {
  const { gate, connects, rates, meter } = makeParts(resolveAppOptions({ rateLimit: false }));
  assertEquals([gate, connects, rates, meter.measures], [undefined, undefined, undefined, false]);
  const auth = { verify: () => Promise.resolve(undefined) };
  const connectRate = { perSecond: 1 };
  const all = makeParts(resolveAppOptions({ auth, connectRate, measure: true }));
  assertEquals(Object.values(all).every((part) => part !== undefined), true);
  assertEquals(all.meter.measures, true);
});
