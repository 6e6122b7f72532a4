/** Bun.serve as an echo or fan-out server, on Bun. */

// deno-lint-ignore-file no-console -- this is a program

const { cert, compress, key, kind, port } = require("./flags.cjs");

const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  ...(cert === undefined ? {} : { tls: { cert: Bun.file(cert), key: Bun.file(key) } }),
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("Not a WebSocket", { status: 426 }),
  websocket: {
    backpressureLimit: 64 * 1024 * 1024,
    maxPayloadLength: 64 * 1024 * 1024,
    perMessageDeflate: compress ? { compress: "dedicated", decompress: "dedicated" } : false,
    open: (socket) => {
      if (kind === "fanout") socket.subscribe("all");
    },
    message: (socket, data) => {
      if (kind === "echo") socket.send(data, compress);
      else server.publish("all", data);
    },
  },
});

console.log(`Listening on http://127.0.0.1:${server.port}/`);
