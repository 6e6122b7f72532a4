/** Which topic a message between nodes goes to. */

import { assertEquals } from "@std/assert";
import { allClients } from "../../../../server/app/clients/selection.ts";
import { nodeOf, topicOf } from "../../../../server/app/nodes/topics.ts";

Deno.test("topicOf() picks the one room, user or client", () => {
  assertEquals(topicOf({ ...allClients, rooms: ["deck"] }), "room:deck");
  assertEquals(topicOf({ ...allClients, rooms: ["deck"], except: ["x"] }), "room:deck");
  assertEquals(topicOf({ ...allClients, users: ["ada"] }), "user:ada");
  assertEquals(topicOf({ ...allClients, clients: ["n7k2q9xa.3f"] }), "node:n7k2q9xa");
});

Deno.test("topicOf() takes all where no one topic fits", () => {
  for (
    const selection of [
      {},
      { rooms: ["deck", "bridge"] },
      { rooms: ["deck"], users: ["ada"] },
      { users: ["ada", "bob"] },
      { rooms: ["n7k2q9xa.3f"] }, // may be the id of a client
    ]
  ) {
    assertEquals(topicOf({ ...allClients, ...selection }), "all");
  }
});

Deno.test("nodeOf() reads the node from the id of a client", () => {
  const ids = ["n7k2q9xa.3f", "n7k2q9xa", "n7k2q9x.3f", "N7K2Q9XA.3f", ""];
  assertEquals(ids.map(nodeOf), ["n7k2q9xa", undefined, undefined, undefined, undefined]);
});
