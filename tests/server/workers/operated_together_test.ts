/** The numbers of all workers as those of one server. */

import { assertEquals, assertThrows } from "@std/assert";
import { serve } from "@hawser/ws";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

Deno.test("WorkerBroker.operated() adds up what all workers count", async () => {
  await using made = new WorkerNodes(2);
  await using one = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {});
  await using other = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {});
  const [together] = [one, other].map((server, i) => made.nodes[i]!.operated(server));
  for (const { addr } of [one, other]) {
    const socket = new WebSocket(`ws://127.0.0.1:${addr.port}`);
    await new Promise((resolve) => socket.onopen = resolve);
    socket.close();
    await new Promise((resolve) => socket.onclose = resolve);
  }
  await waitFor(() => [one, other].every((each) => each.stats().connections.open === 0));
  const { connections, memory, ready } = await together!.stats();
  assertEquals([connections.opened, connections.closes["1005"], ready], [2, 2, true]);
  assertEquals([memory.limit, together!.ready], [2 * one.stats().memory.limit, true]);
  assertThrows(() => made.nodes[0]!.operated(one), TypeError, "twice");
});
