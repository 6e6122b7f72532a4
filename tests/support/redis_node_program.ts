/** A node of an application over Redis, as a program: `REDIS-URL [MS-OF-A-LEASE]`. */

// deno-lint-ignore-file no-console -- a program, whose lines are read

import { type AckError, App, operations, serve, type Server } from "@hawser/ws";
import { redisBroker } from "@hawser/ws/redis";

/** The events that clients send. */
interface ClientEvents {
  /** Is published in the room, and answered with its position. */
  say: { room: string; text: string };
  /** Is answered with the number of clients in the room, on all nodes, or why it is not known. */
  total: { room: string; timeout: number };
}

/** The events that clients receive. */
interface ServerEvents {
  said: { text: string };
}

const [url = "", lease = "15000"] = Deno.args;
const broker = redisBroker({ url, nodeTimeout: Number(lease), size: 10_000 });
const app = new App<ClientEvents, ServerEvents, { sub: string } | undefined>({
  broker,
  rooms: true,
  rateLimit: false,
  presence: { grace: 500, interval: 0, audience: "rooms" },
  identify: ({ request }) => {
    const sub = new URL(request.url, "http://node").searchParams.get("user");
    return sub === null ? undefined : { sub };
  },
});
app.on("say", (_client, { room, text }) => app.publish(room, "said", { text }));
app.on(
  "total",
  (_client, { room, timeout }) =>
    app.to(room).total({ timeout }).catch((error: AckError) => error.code),
);
const server: Server = serve({
  port: 0,
  hostname: "127.0.0.1",
  path: "/ws",
  app,
  fetch: (request) => operate(request) ?? new Response("Not found\n", { status: 404 }),
});
const operate = operations(server);
addEventListener("unhandledrejection", (event) => console.error("unhandled", event.reason));
