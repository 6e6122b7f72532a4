/** Follows the users that have clients on this node. */

import { assertEquals } from "@std/assert";
import { settle, twoNodes } from "../../../support/two_nodes.ts";

Deno.test("UserTopics follows a user from the first connection to ten seconds after the last", async () => {
  await using nodes = twoNodes();
  const { clock, two } = nodes;
  const follows = () => two.broker.links.get("/")!.followed.has("user:ada");
  const first = two.connect("ada");
  const second = two.connect("ada");
  two.connect();
  await settle();
  assertEquals(follows(), true);
  first.connection.end();
  clock.pass(20_000);
  assertEquals(follows(), true);
  second.connection.end();
  clock.pass(9_999);
  assertEquals(follows(), true);
  clock.pass(1);
  assertEquals(follows(), false);
});

Deno.test("UserTopics reports a user that cannot be followed at the moment", async () => {
  await using nodes = twoNodes();
  const { two } = nodes;
  two.broker.setState("down");
  two.connect("ada");
  await settle();
  assertEquals(two.errors.map(String), ["EventError: Broker is down"]);
});
