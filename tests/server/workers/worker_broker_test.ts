/** The broker of a worker: what it keeps and hears is in the first thread. */

import { assertEquals, assertThrows } from "@std/assert";
import { App, serve } from "@hawser/ws";
import { workerBroker } from "@hawser/ws/workers";

Deno.test("workerBroker() is undefined where startWorkers has not started the thread", () => {
  assertEquals(workerBroker(), undefined);
});

Deno.test("hostile 314: TLS on a port that threads share: refused by name", () => {
  const options = { port: 0, cert: "x", key: "x", loadBalanced: true, app: new App() };
  assertThrows(() => serve(options), TypeError, "cert with loadBalanced");
});
