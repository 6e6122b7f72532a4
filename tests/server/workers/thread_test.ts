/** A thread that runs the module of a server. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { portToFirstThread, WorkerThread } from "../../../server/workers/thread.ts";
import { brokerContract } from "../../support/broker_contract.ts";
import { ThreadedNodes } from "../../support/threaded_nodes.ts";

brokerContract("WorkerBroker, in threads,", { nodes: 2, make: () => ThreadedNodes.start(2) });

/** Runs code in a thread, and tells why it has ended. */
function endOf(code: string): Promise<Error> {
  const module = `data:text/javascript,${encodeURIComponent(code)}`;
  return new Promise((resolve) => new WorkerThread(module, { connected() {}, ended: resolve }));
}

Deno.test("WorkerThread tells why it has ended: an error, a call, or nothing to do", async () => {
  assertStringIncludes((await endOf(`throw new Error("no")`)).message, "no");
  assertStringIncludes(
    (await endOf(`setTimeout(() => { throw new Error("late") })`)).message,
    "late",
  );
  assertStringIncludes((await endOf(`Promise.reject(new Error("loose"))`)).message, "loose");
  assertStringIncludes((await endOf(`await import("./missing.js")`)).message, "missing.js");
  assertEquals((await endOf(`Deno.exit(3)`)).message, "Worker has ended with code 3");
  assertEquals((await endOf(`process.exit(4)`)).message, "Worker has ended with code 4");
  assertEquals((await endOf(``)).message, "Worker has ended with code 0");
});

Deno.test("portToFirstThread() is undefined in threads that startWorkers has not started", () => {
  assertEquals(portToFirstThread(), undefined);
});
