/** A selection of clients, as plain data. */

import { assertEquals } from "@std/assert";
import { Hub } from "../../../../server/app/clients/hub.ts";
import { allClients } from "../../../../server/app/clients/selection.ts";

Deno.test("allClients means all members of a hub", () => {
  const hub = new Hub();
  const member = {
    id: "a",
    congested: true,
    send: () => "sent" as const,
    drained: () => Promise.resolve(),
  };
  hub.add(member);
  assertEquals([...hub.select(allClients)], [member]);
});
