/** Socket.IO with the least that a row of the features needs. */

// deno-lint-ignore-file no-console -- this is a program

const http = require("node:http");
const { Server } = require("socket.io");

const [, , kind, redis] = process.argv;

const server = http.createServer();
const io = new Server(server, {
  ...(kind === "compress" ? { perMessageDeflate: true } : {}),
  ...(kind === "recovery" ? { connectionStateRecovery: {} } : {}),
});

io.on("connection", (socket) => {
  if (kind === "flood") flood(socket);
  socket.on("wait", () => new Promise(() => {}));
  socket.on("join", (room, done) => {
    socket.join(room);
    done();
  });
  socket.on("say", (room, text, done) => {
    io.to(room).emit("said", text);
    done({ status: "ok" });
  });
});

async function flood(socket) {
  const data = "x".repeat(65_536);
  for (let i = 0; i < 1_024; i++) {
    socket.emit("flood", data);
    if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

async function shareRooms() {
  const { createAdapter } = require("@socket.io/redis-adapter");
  const { createClient } = require("redis");
  const publisher = createClient({ url: `redis://127.0.0.1:${redis}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}

async function main() {
  if (kind === "cluster") await shareRooms();
  server.listen(0, "127.0.0.1", () => {
    console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
  });
}

process.on("SIGTERM", () => io.close(() => process.exit(0)));
main();
