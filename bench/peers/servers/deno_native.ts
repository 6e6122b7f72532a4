/** Deno.serve and Deno.upgradeWebSocket as an echo or fan-out server. */

// deno-lint-ignore-file no-console -- this is a program

import { address, identity, kind } from "./deno_flags.ts";

const sockets = new Set<WebSocket>();

function accept(request: Request): Response {
  if (request.headers.get("upgrade") !== "websocket") {
    return new Response("Upgrade Required", { status: 426 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => sockets.add(socket);
  socket.onclose = () => sockets.delete(socket);
  socket.onmessage = ({ data }) => {
    if (kind === "echo") socket.send(data);
    else broadcast(data);
  };
  return response;
}

function broadcast(data: string | ArrayBuffer): void {
  for (const socket of sockets) {
    if (socket.readyState === WebSocket.OPEN) socket.send(data);
  }
}

Deno.serve({
  ...address,
  ...identity,
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
}, accept);
