/** Load test: an application alone, or in several threads: `echo` answers, `say` goes to a room. */

// deno-lint-ignore-file no-console -- this is a program

import { App, serve } from "@hawser/ws";
import { startWorkers, workerBroker } from "@hawser/ws/workers";
import { readFlags } from "../../../examples/flags.ts";
import { listen, listenFlags } from "../../../examples/listen.ts";

interface ServerEvents {
  say: { text: string };
  echo: { text: string };
}

interface ClientEvents extends ServerEvents {
  enter: unknown;
}

const flags = readFlags("Answers, and publishes to a room.", {
  ...listenFlags,
  workers: {
    type: "number",
    default: 0,
    help: "Threads that share the port; 0: none but the first",
  },
});

const broker = workerBroker();
if (broker === undefined && flags.workers > 0) {
  await startWorkers(import.meta.url, { workers: flags.workers }).finished;
} else {
  const app = new App<ClientEvents, ServerEvents>({ ...broker && { broker }, rateLimit: false });
  app.on("enter", (client) => {
    client.join("deck");
  });
  app.on("say", (_client, { text }) => {
    app.publish("deck", "say", { text });
  });
  app.on("echo", (client, { text }) => {
    client.emit("echo", { text });
  });
  const shared = broker && { loadBalanced: broker.sharedPort, signal: broker.signal };
  const said = Promise.withResolvers<string>();
  await listen(flags, (address) => serve({ ...address, app, ...shared }), said.resolve);
  // Connections go to those who listen already.
  while (app.nodes.list().length < flags.workers) await new Promise((next) => setTimeout(next, 20));
  console.log(await said.promise);
}
