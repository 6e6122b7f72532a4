/** Notices to the operator where an origin or a host is refused. */

import { assertEquals } from "@std/assert";
import { hostNotice, originNotice } from "../../server/origin_notice.ts";

const about = { address: "192.0.2.1", path: "/ws" };

Deno.test("hostile 190: originNotice() and hostNotice() keep no more than 256 characters", () => {
  for (const make of [originNotice, hostNotice]) {
    const { subject, message } = make({ ...about, name: `"\n${"x".repeat(10_000)}` });
    assertEquals(subject, `"\n${"x".repeat(254)}`);
    assertEquals(message.includes(JSON.stringify(subject)), true);
    assertEquals(message.length < 400, true);
  }
});
