/** The broker of a single node, over any history. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { memoryBroker } from "../../../../server/app/streams/memory_broker.ts";
import { MemoryHistory } from "../../../../server/app/streams/memory_history.ts";
import { MemoryPresence } from "../../../../server/app/presence/memory_presence.ts";
import { brokerContract, linkTo } from "../../../support/broker_contract.ts";
import { TestNetwork } from "../../../support/test_network.ts";

brokerContract("memoryBroker()", {
  nodes: 1,
  make() {
    const broker = memoryBroker();
    return { nodes: [broker], [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
  },
});

// The fake broker of other tests keeps the contract as well.
brokerContract("TestNetwork", {
  nodes: 2,
  make() {
    const network = new TestNetwork();
    const nodes = [network.node(), network.node()];
    return { nodes, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
  },
});

Deno.test("memoryBroker() hands out before it resolves, and nothing that was not stored", async () => {
  const history = new MemoryHistory();
  const append = history.append.bind(history);
  await using broker = memoryBroker({ history });
  const { link, ears } = linkTo(broker);
  await link.follow("room:deck");
  await link.publish("deck", "note", "1");
  assertEquals(ears.seqs("deck"), [1]);
  history.append = () => Promise.reject(new Error("Disk is full"));
  await assertRejects(() => link.publish("deck", "note", "2"), Error, "Disk is full");
  history.append = append;
  await link.publish("deck", "note", "3");
  assertEquals(ears.heard.map(({ data }) => data), ["1", "3"]);
  const { published, rejected, waiting, nodes } = broker.stats();
  assertEquals([published, rejected, waiting, nodes], [2, 1, 0, 1]);
});

Deno.test("memoryBroker() keeps the order where one in the middle could not be stored", async () => {
  const history = new MemoryHistory();
  const append = history.append.bind(history);
  const first = Promise.withResolvers<void>();
  history.append = (...message) =>
    append(...message).then(async (position) => {
      await first.promise;
      return position;
    });
  await using broker = memoryBroker({ history });
  const { link, ears } = linkTo(broker);
  await link.follow("room:deck");
  const publishing = [link.publish("deck", "note", "1")];
  history.append = () => Promise.reject(new Error("Disk is full"));
  const failed = assertRejects(() => link.publish("deck", "note", "2"), Error, "full");
  history.append = append;
  publishing.push(link.publish("deck", "note", "3"));
  for (let i = 0; i < 20; i++) await undefined;
  assertEquals(ears.heard, []);
  first.resolve();
  await Promise.all([...publishing, failed]);
  assertEquals(ears.heard.map(({ data }) => data), ["1", "3"]);
});

Deno.test("memoryBroker() closes the stores that can be closed, once all is stored", async () => {
  const trace: string[] = [];
  const closable = <Store extends object>(store: Store, name: string) =>
    Object.assign(store, { [Symbol.dispose]: () => void trace.push(name) });
  const history = closable(new MemoryHistory(), "history");
  const append = history.append.bind(history);
  history.append = async (...message) => {
    await new Promise((resolve) => setTimeout(resolve));
    trace.push("stored");
    return await append(...message);
  };
  const broker = memoryBroker({ history, presence: closable(new MemoryPresence(), "presence") });
  const { link } = linkTo(broker);
  const publishing = link.publish("deck", "note", "{}");
  await broker[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
  assertEquals(trace, ["stored", "history", "presence"]);
  assertEquals((await publishing).seq, 1);
});

Deno.test("memoryBroker() refuses what it does not know, and a store for two scopes", () => {
  // @ts-expect-error: it is spelled otherwise
  assertThrows(() => memoryBroker({ histories: {} }), TypeError, "histories");
  assertThrows(() => memoryBroker({ history: { size: -1 } }), RangeError, "size");
  const broker = memoryBroker({ history: new MemoryHistory() });
  linkTo(broker);
  assertThrows(() => linkTo(broker, "/admin"), TypeError, "one scope");
});
