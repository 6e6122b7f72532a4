/** Tests of server/net/traffic.ts. */

import { assertEquals } from "@std/assert";
import { addTraffic, noTraffic } from "../../../server/net/traffic.ts";

Deno.test("addTraffic() adds each count, and changes neither side", () => {
  const one = { messagesIn: 1, messagesOut: 2, bytesIn: 3, bytesOut: 4 };
  const both = addTraffic(one, one);
  assertEquals(both, { messagesIn: 2, messagesOut: 4, bytesIn: 6, bytesOut: 8 });
  assertEquals(addTraffic(noTraffic, one), one);
});
