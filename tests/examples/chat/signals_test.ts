/** Tests of examples/chat/signals.ts; tests/integration/shutdown_test.ts sends the signals. */

import { assert, assertEquals } from "@std/assert";
import { spreadFor, timeToEnd } from "../../../examples/chat/signals.ts";

Deno.test("spreadFor() keeps few clients no longer than needed", () => {
  assertEquals([0, 1, 99].map(spreadFor), [0, 0, 0]);
});

Deno.test("hostile 95: spreadFor() gives many clients time to come back, within the deadline", () => {
  assertEquals([100, 2_000, 5_000, 1_000_000].map(spreadFor), [100, 2_000, 5_000, 5_000]);
  assert(spreadFor(Infinity) < 10_000);
});

Deno.test("timeToEnd() covers delay, deadline and spread", () => {
  assertEquals(timeToEnd({ "shutdown-delay": 1_000, "shutdown-deadline": 2_000 }), 8_000);
});
