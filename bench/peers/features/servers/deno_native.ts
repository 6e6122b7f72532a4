/** Deno.serve and Deno.upgradeWebSocket with the least that a row of the features needs. */

// deno-lint-ignore-file no-console -- this is a program

const opens: Readonly<Record<string, (socket: WebSocket) => void>> = {
  plain: (socket) => {
    socket.onmessage = ({ data }) => socket.send(data);
  },
  flood: (socket) => {
    socket.onopen = () => flood(socket);
  },
  wait: (socket) => {
    socket.onmessage = () => new Promise(() => {});
  },
};

/** Does not look at `bufferedAmount`. */
async function flood(socket: WebSocket): Promise<void> {
  const data = new Uint8Array(65_536);
  for (let i = 0; i < 1_024 && socket.readyState === WebSocket.OPEN; i++) {
    socket.send(data);
    if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
}, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  opens[Deno.args[0]!]!(socket);
  return response;
});

Deno.addSignalListener("SIGTERM", async () => {
  await server.shutdown();
  Deno.exit(0);
});
