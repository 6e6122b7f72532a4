/** A room of several threads behind one port: what one says, all hear in one order. */

// deno-lint-ignore-file no-console -- a program for the terminal

import { App, fallback, operations, serve } from "@hawser/ws";
import { startWorkers, workerBroker } from "@hawser/ws/workers";
import { readFlags, usageError } from "./flags.ts";
import { checkPort, fail, listen, listenFlags } from "./listen.ts";

const flags = readFlags(
  "Rooms of several threads, as JSON over WebSocket on any path; also by event streams and polls.",
  {
    ...listenFlags,
    workers: { type: "number", metavar: "N", default: 2, help: "Threads that share the port" },
  },
);

const broker = workerBroker(); // undefined in the first thread
if (flags.workers > 1 && flags.port === 0) usageError("--workers needs a --port of its own");
if (broker === undefined && flags.workers > 1) {
  console.log(`Starting ${flags.workers} workers`);
  try {
    checkPort(flags); // once, as each worker would find it taken
    await startWorkers(import.meta.url, { workers: flags.workers }).finished;
  } catch (error) {
    await fail(error, flags);
  }
} else {
  const app = new App({
    ...broker && { broker },
    rooms: true,
    presence: true,
    rateLimit: { perSecond: 200 },
    identify: ({ request }) => ({ id: new URL(request.url).searchParams.get("name") ?? "guest" }),
  });
  app.on("say", async (client, text) => await app.publish("deck", "said", [client.id, text]));
  app.on("where", () => app.nodes.self);
  app.on("everyone", async () => await app.in("deck").emitWithAck("ping", null));
  app.on("users", async () => await app.users());
  await listen(flags, (address) => {
    const server = serve({
      ...address,
      app,
      ...broker && { loadBalanced: broker.sharedPort, signal: broker.signal },
      wires: [fallback()],
      fetch: (request) => operate(request) ?? new Response("Hello\n"),
    });
    const operate = operations(broker?.operated(server) ?? server);
    return server;
  });
}
