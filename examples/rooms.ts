/** Rooms: clients join by name, and what one says the others of the room hear. */

import { App, EventError, serve } from "@hawser/ws";
import * as v from "valibot";
import { readFlags } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

interface ClientEvents {
  join: { room: string };
  leave: { room: string };
  say: { room: string; text: string };
}

interface ServerEvents {
  said: { room: string; from: string; text: string };
  count: { room: string; members: number };
}

const flags = readFlags("Rooms, as JSON over WebSocket on any path.", listenFlags);

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

await listen(flags, (address) => serve({ ...address, app }));
