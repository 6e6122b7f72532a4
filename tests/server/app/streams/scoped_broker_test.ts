/** A broker as a namespace sees it: with one scope of its own. */

import { assertEquals, assertThrows } from "@std/assert";
import { ScopedBroker } from "../../../../server/app/streams/scoped_broker.ts";
import { linkTo } from "../../../support/broker_contract.ts";
import { TestNetwork } from "../../../support/test_network.ts";

Deno.test("ScopedBroker links its own scope, of the broker behind all others", async () => {
  await using network = new TestNetwork();
  const broker = network.node();
  const admin = new ScopedBroker(broker, "/admin");
  linkTo(admin);
  linkTo(new ScopedBroker(admin, "/chat"));
  assertEquals([...broker.links.keys()], ["/admin", "/chat"]);
  assertThrows(() => linkTo(new ScopedBroker(broker, "/chat")), TypeError, "/chat");
});

Deno.test("ScopedBroker does not end with its namespace", async () => {
  await using network = new TestNetwork();
  const broker = network.node();
  const scoped = new ScopedBroker(broker, "/admin");
  linkTo(scoped);
  await scoped[Symbol.asyncDispose]();
  assertEquals([...broker.links.keys()], []);
  linkTo(scoped);
  assertEquals([network.nodes.size, scoped.state, scoped.stats().nodes], [1, "up", 1]);
});
