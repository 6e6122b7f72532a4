/** Calls of a worker that wait for the first thread. */

import { assertEquals, assertRejects } from "@std/assert";
import { EventError } from "@hawser/ws";
import { linkTo } from "../../support/broker_contract.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

Deno.test("hostile 313: more than 10,000 messages that wait to be stored: UNAVAILABLE", async () => {
  await using made = new WorkerNodes(1);
  const { link, broker } = linkTo(made.nodes[0]!);
  const publishing = Array.from({ length: 10_000 }, () => link.publish("deck", "note", "{}"));
  await assertRejects(() => link.publish("deck", "note", "{}"), EventError, "Too many");
  assertEquals(broker.stats().waiting, 10_000);
  assertEquals((await Promise.all(publishing)).at(-1)?.seq, 10_000);
  const large = "x".repeat(8_388_608);
  await assertRejects(() => link.publish("deck", "note", large), EventError, "Too many");
  const { waiting, published, rejected } = broker.stats();
  assertEquals([waiting, published, rejected], [0, 10_000, 2]);
});

Deno.test("Calling ends with the broker", async () => {
  await using made = new WorkerNodes(1);
  const { link, broker } = linkTo(made.nodes[0]!);
  const asking = link.current("deck");
  const gone = assertRejects(() => asking, EventError, "closed");
  await broker[Symbol.asyncDispose]();
  await gone;
  await assertRejects(() => link.publish("deck", "note", "{}"), EventError, "closed");
});
