/** A server of several threads that does to itself what a test asks for; see workers_test.ts. */

// deno-lint-ignore-file no-console -- a program

import { App, fallback, operations, serve, type ServeOptions } from "@hawser/ws";
import { socketio } from "@hawser/ws/socketio";
import { SqliteHistory } from "@hawser/ws/sqlite";
import { startWorkers, workerBroker } from "@hawser/ws/workers";

const { PORT, WORKERS, DATABASE, DEADLINE, FLAG } = Deno.env.toObject();
const broker = workerBroker();

if (broker === undefined) {
  const size = 100_000; // nobody misses so many
  const history = DATABASE === undefined ? { size } : new SqliteHistory(DATABASE, { size });
  const workers = startWorkers(import.meta.url, {
    workers: Number(WORKERS ?? 2),
    history,
    ...DEADLINE !== undefined && { shutdownDeadline: Number(DEADLINE) },
  });
  await workers.finished;
  console.log("Finished");
} else {
  if (FLAG !== undefined && isThere(FLAG)) throw new Error("A worker cannot start");
  const app = new App({
    broker,
    rooms: true,
    presence: { grace: 0 },
    rateLimit: false,
    identify: ({ request }) => ({ id: new URL(request.url).searchParams.get("name") ?? "guest" }),
  });
  app.on("say", async (_client, text) => await app.publish("deck", "said", text));
  app.on("where", () => app.nodes.self);
  app.on("total", async () => await app.in("deck").total({ timeout: 500 }));
  app.on("users", async () => await app.users());
  app.on("die", (_client, how) => void setTimeout(() => die(String(how))));
  const options: ServeOptions = {
    port: Number(PORT),
    hostname: "127.0.0.1",
    app,
    wires: [fallback(), socketio()],
    loadBalanced: broker.sharedPort,
    signal: broker.signal,
    fetch: (request) => operate(request) ?? new Response("Hello\n"),
  };
  if (Deno.env.has("TLS")) Object.assign(options, { cert: "x", key: "x" });
  const server = serve(options);
  const operate = operations(broker.operated(server));
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function die(how: string): void {
  if (how === "throw") throw new Error("A worker fails");
  if (how === "exit") Deno.exit(3);
  if (how === "loop") { for (;;); }
  if (how.startsWith("block ")) {
    const end = performance.now() + Number(how.slice(6));
    while (performance.now() < end);
  }
  if (how === "memory") {
    const kept: unknown[] = [];
    for (let i = 0;; i++) kept.push({ i, kept: [i] });
  }
}
