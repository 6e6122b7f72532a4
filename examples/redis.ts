/**
 * Rooms of several processes over one Redis: what one says, all hear in one order, and who comes
 * back, to any process, gets what it missed. Start it twice:
 *
 * deno run --allow-net examples/redis.ts 8080 redis://127.0.0.1:6379
 * deno run --allow-net examples/redis.ts 8081 redis://127.0.0.1:6379
 */

import { App, EventError, operations, serve, type Server } from "@hawser/ws";
import { redisBroker } from "@hawser/ws/redis";

interface ClientEvents {
  say(data: { room: string; text: string }): { seq: number };
  who(data: { room: string }): string[];
}

interface ServerEvents {
  said: { from: string; text: string };
}

const [port = "8080", url = "redis://127.0.0.1:6379"] = Deno.args;

const app = new App<ClientEvents, ServerEvents, { id: string }>({
  // It keeps the last hundred messages of each room, and connects when the server starts.
  broker: redisBroker({ url, prefix: "rooms" }),
  rooms: true,
  presence: true,
  identify: ({ request }) => ({ id: new URL(request.url).searchParams.get("name") ?? "guest" }),
});

app.on("say", async (client, { room, text }) => {
  if (!client.rooms.has(room)) throw new EventError("FORBIDDEN", "Not in this room");
  // Numbered and stored by Redis, and told to the members on all nodes. Rejects with UNAVAILABLE
  // where Redis is away for longer than five seconds: the client is told.
  const { seq } = await app.publish(room, "said", { from: client.user.id, text });
  return { seq };
});

// Of all nodes, each user once.
app.on("who", (_client, { room }) => app.users(room));

const server: Server = serve({
  port: Number(port),
  hostname: "127.0.0.1",
  app,
  fetch: (request) => operate(request) ?? new Response("Hello\n"),
});
const operate = operations(server);

// The other nodes hear at once that this one leaves, instead of in fifteen seconds.
Deno.addSignalListener("SIGTERM", async () => {
  await server.shutdown({ deadline: 10_000 });
  Deno.exit(0);
});
