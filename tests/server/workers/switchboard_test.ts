/** The first thread of several: numbers and keeps messages, and passes them on to the workers. */

import { assertEquals } from "@std/assert";
import { brokerContract, linkTo } from "../../support/broker_contract.ts";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

brokerContract("WorkerBroker", { nodes: 2, make: () => new WorkerNodes(2) });

Deno.test("Switchboard tells what becomes of a worker, and asks it to shut down", async () => {
  await using made = new WorkerNodes(0);
  const heard: string[] = [];
  const node = made.add({
    serving: () => void heard.push("serving"),
    left: () => void heard.push("left"),
  });
  await node.start();
  await waitFor(() => heard.length === 1);
  made.handles[0]!.shutdown();
  await waitFor(() => node.signal.aborted);
  await node[Symbol.asyncDispose]();
  await waitFor(() => heard.length === 2);
  assertEquals(heard, ["serving", "left"]);
});

Deno.test("Switchboard keeps the streams of an application whose last worker has gone", async () => {
  await using made = new WorkerNodes(1);
  await linkTo(made.nodes[0]!).link.publish("deck", "note", "{}");
  await made.nodes[0]!.link("/admin", linkTo(made.add(), "/else").ears).publish("deck", "n", "{}");
  made.handles[0]!.died();
  const next = made.add();
  assertEquals((await linkTo(next).link.publish("deck", "note", "{}")).seq, 2);
  assertEquals((await linkTo(next, "/admin").link.publish("deck", "note", "{}")).seq, 1);
});
