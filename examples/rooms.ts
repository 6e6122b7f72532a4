/** Rooms: clients join by name, and what one says the others of the room hear. */

import { App, EventError, serve } from "@hawser/ws";
import * as v from "valibot";
import { readFlags } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

interface ClientEvents {
  say: { room: string; text: string };
}

interface ServerEvents {
  said: { from: string; text: string };
  count: { room: string; members: number };
}

const flags = readFlags("Rooms, as JSON over WebSocket on any path.", listenFlags);

// Anybody may join any room: `client.join("abc")` of @hawser/ws/client does the rest.
const app = new App<ClientEvents, ServerEvents>({ rooms: true });
const saying = v.object({ room: v.string(), text: v.pipe(v.string(), v.maxLength(1_000)) });

app.onJoin((_client, room) => tellCount(room, app.in(room).count));
app.onLeave((_client, room) => tellCount(room, app.in(room).count - 1));

app.on("say", saying, async (client, { room, text }) => {
  if (!client.rooms.has(room)) throw new EventError("FORBIDDEN", "Not in this room");
  // Published, so that members who lose their connection get it when they are back.
  await app.publish(room, "said", { from: client.id, text });
  return { status: "ok" };
});

function tellCount(room: string, members: number): void {
  app.to(room).emit("count", { room, members });
}

await listen(flags, (address) => serve({ ...address, app }));
