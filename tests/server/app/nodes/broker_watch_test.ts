/** Tests of server/app/nodes/broker_watch.ts. */

import { assertEquals } from "@std/assert";
import { type BrokerChange, BrokerWatch } from "../../../../server/app/nodes/broker_watch.ts";
import { TestNetwork } from "../../../support/test_network.ts";

Deno.test("hostile 321: a broker that says the same state again changes nothing", async () => {
  await using network = new TestNetwork();
  const changes: BrokerChange[] = [];
  const watch = new BrokerWatch(network.node(), () => {});
  watch.watch((change) => changes.push(change));
  for (const state of ["up", "down", "down", "up", "up"] as const) watch.state(state);
  assertEquals(changes, [{ event: "broker", state: "down" }, { event: "broker", state: "up" }]);
});

Deno.test("BrokerWatch tells all who watch, until they do no more, and contains what they throw", async () => {
  await using network = new TestNetwork();
  const failures: unknown[] = [];
  const heard: string[] = [];
  const watch = new BrokerWatch(network.node(), (error) => failures.push(error));
  const end = watch.watch(() => {
    throw "broken";
  });
  watch.watch((change) => heard.push(change.event));
  watch.gone("abcdefgh", "lost");
  end();
  watch.gone("hgfedcba", "left");
  assertEquals([failures, heard], [["broken"], ["node", "node"]]);
});

Deno.test("BrokerWatch.figures() has the numbers and the state of the moment", async () => {
  await using network = new TestNetwork();
  const node = network.node();
  network.node();
  const watch = new BrokerWatch(node, () => {});
  node.setState("down");
  const { state, nodes } = watch.figures();
  assertEquals({ state, nodes }, { state: "down", nodes: 2 });
});
