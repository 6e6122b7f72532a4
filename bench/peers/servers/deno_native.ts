/** Deno.serve and Deno.upgradeWebSocket as an echo or fan-out server. */

// deno-lint-ignore-file no-console -- this is a program

import { parseArgs } from "node:util";

const { positionals: [kind], values } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    port: { type: "string", default: "0" },
    cert: { type: "string" },
    key: { type: "string" },
  },
});

const sockets = new Set<WebSocket>();

function accept(request: Request): Response {
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
  hostname: "127.0.0.1",
  port: Number(values.port),
  ...(values.cert === undefined || values.key === undefined ? {} : {
    cert: Deno.readTextFileSync(values.cert),
    key: Deno.readTextFileSync(values.key),
  }),
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
}, accept);
