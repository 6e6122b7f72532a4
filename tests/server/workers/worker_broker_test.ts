/** The broker of a worker: what it keeps and hears is in the first thread. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { App, EventError, serve } from "@hawser/ws";
import { workerBroker } from "@hawser/ws/workers";
import { SwitchedBroker } from "../../../server/workers/worker_broker.ts";
import { linkTo } from "../../support/broker_contract.ts";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

Deno.test("workerBroker() is undefined where startWorkers has not started the thread", () => {
  assertEquals(workerBroker(), undefined);
});

Deno.test("hostile 314: TLS on a port that threads share: refused by name", () => {
  const options = { port: 0, cert: "x", key: "x", loadBalanced: true, app: new App() };
  assertThrows(() => serve(options), TypeError, "cert with loadBalanced");
});

Deno.test("hostile 377: a broker that closes while questions wait, here and elsewhere: nobody hangs", async () => {
  await using made = new WorkerNodes(2);
  const [one, other] = made.nodes.map((node) => linkTo(node));
  for (const { ears, link } of [one!, other!]) {
    ears.answer = () => new Promise(() => {});
    await link.follow("all"); // so it can be asked
  }
  const here = one!.link.ask("all", "who?", 60_000);
  const there = other!.link.ask("all", "who?", 60_000);
  await waitFor(() => one!.ears.questions.length + other!.ears.questions.length === 2);
  const refused = assertRejects(() => here, EventError, "closed");
  await one!.broker[Symbol.asyncDispose]();
  await refused;
  assertEquals(await there, { replies: [], missing: 1 });
});

Deno.test("WorkerBroker stores what waits when it closes, and does not wait for ever", async () => {
  await using made = new WorkerNodes(1);
  const { broker, link } = linkTo(made.nodes[0]!);
  const publishing = link.publish("deck", "note", "{}");
  await broker[Symbol.asyncDispose]();
  assertEquals((await publishing).seq, 1);
  const { port1, port2 } = new MessageChannel(); // a first thread that stands still
  const lost = linkTo(new SwitchedBroker(port1));
  const refused = assertRejects(() => lost.link.publish("deck", "note", "{}"), EventError);
  await lost.broker[Symbol.asyncDispose]();
  await refused;
  port2.close();
});
