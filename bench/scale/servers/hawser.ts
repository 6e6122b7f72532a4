/** Load test: one room over several nodes by Redis; what a member says is published to all of them. */

import { App, serve } from "@hawser/ws";
import { redisBroker } from "@hawser/ws/redis";
import { socketio } from "@hawser/ws/socketio";
import { readFlags } from "../../../examples/flags.ts";
import { listen, listenFlags } from "../../../examples/listen.ts";

interface ServerEvents {
  say: { text: string };
}

interface ClientEvents extends ServerEvents {
  enter: unknown;
}

const flags = readFlags("Publishes what a member of the room says, over Redis.", {
  ...listenFlags,
  redis: { type: "text", default: "redis://127.0.0.1:6379", help: "Where Redis is" },
});

const broker = redisBroker({ url: flags.redis, prefix: "bench" });
const app = new App<ClientEvents, ServerEvents>({ broker, rateLimit: false });
app.on("enter", (client) => {
  client.join("deck");
});
app.on("say", (_client, { text }) => {
  app.publish("deck", "say", { text });
});
// Clients of Socket.IO do not ask for the room.
app.onConnect((client) => {
  client.join("deck");
});

// The load generator answers no heartbeat: the first one comes after any run has ended.
const wires = [socketio({ pingInterval: 600_000 })];
await listen(flags, (address) => serve({ ...address, app, wires }));
