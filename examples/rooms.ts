/** Rooms: clients join by name, and what one says the others of the room hear. */

// deno-lint-ignore-file no-console -- a program for the terminal

import { App, EventError, serve } from "@hawser/ws";
import * as v from "valibot";
import { readFlags } from "./flags.ts";

interface ClientEvents {
  join: { room: string };
  leave: { room: string };
  say: { room: string; text: string };
}

interface ServerEvents {
  said: { room: string; from: string; text: string };
  count: { room: string; members: number };
}

const flags = readFlags("Rooms, as JSON over WebSocket on any path.", {
  port: { type: "number", metavar: "N", max: 65_535, default: 8080, help: "Port to listen on" },
});

const app = new App<ClientEvents, ServerEvents>();
const inRoom = v.object({ room: v.string() });
const saying = v.object({ room: v.string(), text: v.pipe(v.string(), v.maxLength(1_000)) });

app.on("join", inRoom, async (client, { room }) => {
  await client.join(room);
  tellCount(room);
  return { members: app.in(room).count };
});

app.on("leave", inRoom, (client, { room }) => {
  client.leave(room);
  tellCount(room);
});

app.on("say", saying, (client, { room, text }) => {
  if (!client.rooms.has(room)) throw new EventError("FORBIDDEN", "Not in this room");
  client.to(room).emit("said", { room, from: client.id, text });
});

function tellCount(room: string): void {
  app.to(room).emit("count", { room, members: app.in(room).count });
}

const server = serve({ port: flags.port, hostname: "127.0.0.1", app });
console.log(`Listening on http://127.0.0.1:${server.addr.port}/`);
