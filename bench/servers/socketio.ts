/** Load test: as Socket.IO's server in bench/peers/servers, over the same wire. */

import { App, serve } from "@hawser/ws";
import { socketio } from "@hawser/ws/socketio";
import { readFlags } from "../../examples/flags.ts";
import { listen } from "../../examples/listen.ts";
import { loadFlags, loadOptions } from "./load_flags.ts";

interface ServerEvents {
  say: { text: string };
}

interface ClientEvents extends ServerEvents {
  echo: (data: unknown) => unknown;
}

const flags = readFlags("Speaks Socket.IO, in one room, and acknowledges.", loadFlags);

const app = new App<ClientEvents, ServerEvents>({ rateLimit: false });
app.onConnect((client) => {
  client.join("deck");
});
app.on("say", (_client, { text }) => {
  app.to("deck").emit("say", { text });
});
app.on("echo", (_client, data) => data);

// The load generator answers no heartbeat: the first one comes after any run has ended.
const wires = [socketio({ pingInterval: 600_000 })];
await listen(flags, (address) => serve({ ...address, ...loadOptions(flags), app, wires }));
