/** npm `ws` with the least that a row of the features needs. */

// deno-lint-ignore-file no-console -- this is a program

const { WebSocketServer } = require("ws");

const [, , kind] = process.argv;

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  ...(kind === "compress" ? { perMessageDeflate: true } : {}),
});

server.on("connection", (socket) => {
  socket.on("error", () => {});
  if (kind === "flood") flood(socket);
  else if (kind === "wait") socket.on("message", () => new Promise(() => {}));
  else socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});

/** Does not look at `bufferedAmount`. */
async function flood(socket) {
  const data = Buffer.alloc(65_536);
  for (let i = 0; i < 1_024; i++) {
    socket.send(data);
    if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

server.on("listening", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});

process.on("SIGTERM", () => server.close(() => process.exit(0)));
