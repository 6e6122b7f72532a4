/** A worker's access to one namespace. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

Deno.test("WorkerLink drops and counts what it tells while 16 MiB are not taken", async () => {
  await using made = new WorkerNodes(2);
  const [one, other] = made.nodes.map((node) => linkTo(node));
  await other!.link.follow("room:deck");
  const large = "x".repeat(4_000_000);
  for (let i = 0; i < 5; i++) one!.link.tell("all", large);
  await waitFor(() => other!.ears.messages.length === 3);
  const { told, dropped } = one!.broker.stats();
  assertEquals([told, dropped, other!.broker.stats().heard], [3, 2, 3]);
});
