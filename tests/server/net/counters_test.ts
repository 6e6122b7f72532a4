/** Tests of server/net/counters.ts. */

import { assert } from "@std/assert";
import { NetCounters } from "../../../server/net/counters.ts";

Deno.test("NetCounters begins at 0", () => {
  assert(Object.values(new NetCounters()).every((count) => count === 0));
});
