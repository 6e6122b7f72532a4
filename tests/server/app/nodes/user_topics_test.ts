/** Follows the users that have clients on this node. */

import { assertEquals } from "@std/assert";
import { EventError } from "../../../../server/app/events/errors.ts";
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

Deno.test("UserTopics reports a user that cannot be followed, but not that the broker is down", async () => {
  await using nodes = twoNodes();
  const { two } = nodes;
  const link = two.broker.links.get("/")!;
  const { follow } = link;
  link.follow = () => Promise.reject(new EventError("UNAVAILABLE", "Too many topics"));
  two.connect("ada");
  await settle();
  assertEquals(two.errors.map(String), ["EventError: Too many topics"]);
  link.follow = follow;
  two.broker.setState("down");
  two.connect("bob");
  await settle();
  assertEquals(two.errors.length, 1);
});
