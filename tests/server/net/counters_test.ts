/** Tests of server/net/counters.ts. */

import { assert, assertEquals } from "@std/assert";
import { NetCounters } from "../../../server/net/counters.ts";

Deno.test("NetCounters begins at 0", () => {
  const { rejections, ...counts } = new NetCounters();
  assert([...Object.values(counts), ...Object.values(rejections)].every((count) => count === 0));
});

Deno.test("NetCounters.reject() counts in all and by status", () => {
  const counters = new NetCounters();
  for (const status of [403, 403, 429, 418]) counters.reject(status);
  const { 403: forbidden, 429: tooMany, other } = counters.rejections;
  assertEquals([counters.rejected, forbidden, tooMany, other], [4, 2, 1, 1]);
});
