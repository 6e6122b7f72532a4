/**
 * A chat room that clients of Socket.IO and of this package share, with nothing else around it: paste
 * it into a folder, and `deno add jsr:@hawser/ws`. Usage:
 *
 *     deno run --allow-net socketio.ts 8080
 *
 * A client, with the npm package socket.io-client, unmodified:
 *
 *     const socket = io("http://127.0.0.1:8080", { auth: { name: "Ada" } });
 *     socket.on("message:new", (message) => console.log(message));
 *     socket.emit("room:join", "deck");
 *     await socket.emitWithAck("message:send", { roomId: "deck", content: "Ahoy" }); // { status: "ok" }
 */

import { App, EventError, serve } from "@hawser/ws";
import { socketio } from "@hawser/ws/socketio";

interface ClientEvents {
  "message:send": (message: { roomId: string; content: string }) => { status: "ok" };
  "user:typing": { roomId: string };
}

interface ServerEvents {
  "message:new": { id: string; name: string; content: string };
  "user:typing": { name: string };
}

const app = new App<ClientEvents, ServerEvents>({ rooms: true });

/** In the place of `io.use`: decides before the client is connected. */
app.guard((visitor) => {
  if (nameOf(visitor) === "") throw new EventError("UNAUTHORIZED", "Say your name");
});

app.on("message:send", async (client, { roomId, content }) => {
  if (!client.rooms.has(roomId)) throw new EventError("FORBIDDEN", "Not in this room");
  const message = { id: crypto.randomUUID(), name: nameOf(client), content };
  await app.publish(roomId, "message:new", message);
  return { status: "ok" as const };
});

app.on("user:typing", (client, { roomId }) => {
  client.to(roomId).volatile.emit("user:typing", { name: nameOf(client) });
});

/** Socket.IO presents it beside the request; others say `/ws?name=Ada`. */
function nameOf({ auth, request }: { auth?: unknown; request: Request }): string {
  const isNamed = typeof auth === "object" && auth !== null && "name" in auth;
  return isNamed ? String(auth.name) : new URL(request.url).searchParams.get("name") ?? "";
}

const [port = "8080"] = Deno.args;
serve({ hostname: "127.0.0.1", port: Number(port), path: "/ws", app, wires: [socketio()] });
