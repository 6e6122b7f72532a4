/** Calls of a worker that wait for the first thread. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { EventError } from "@hawser/ws";
import { SwitchedBroker } from "../../../server/workers/worker_broker.ts";
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

Deno.test("hostile 376: a first thread that stands still: UNAVAILABLE after five seconds, in bounds", async () => {
  await using made = new WorkerNodes(0);
  const { port1, port2 } = new MessageChannel(); // nobody reads the other end yet
  await using broker = new SwitchedBroker(port1);
  const { link } = linkTo(broker);
  const before = performance.now();
  const late = (asking: Promise<unknown>, text: string) =>
    assertRejects(() => asking, EventError, text);
  const first = link.publish("deck", "note", "{}");
  const others = Array.from({ length: 9_999 }, () => link.publish("deck", "note", "{}"));
  const failing = [
    ...[first, ...others].map((each) => late(each, "not known whether the message was stored")),
    late(link.current("deck"), "does not answer"),
    late(link.follow("room:deck"), "does not answer"),
    late(link.ask("all", "who?", 2_000), "does not answer"),
  ];
  const entering = link.presence.enter("deck", "ada", link.node);
  await Promise.all(failing);
  const time = performance.now() - before;
  assert(time >= 5_000, `${time} ms`);
  // They may lie in the port still, so nothing more is put there.
  await assertRejects(() => link.publish("deck", "note", "{}"), EventError, "Too many");
  for (let i = 0; i < 20; i++) link.tell("all", "x".repeat(1_000_000));
  await assertRejects(() => link.current("deck"), EventError, "does not take");
  assert(broker.stats().dropped > 0);

  made.switchboard.connect(port2, { serving() {}, left() {}, silent() {} });
  assertEquals(await entering, true); // presence waits, as nothing of it may be lost
  assertEquals((await link.publish("deck", "note", "{}")).seq, 10_001);
  assertEquals([broker.stats().waiting, broker.stats().rejected], [0, 10_001]);
});
