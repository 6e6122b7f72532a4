/**
 * Socket.IO's server with one room, on Node: what a member says goes to all, the sender too; an echo
 * goes back as the acknowledgement.
 */

// deno-lint-ignore-file no-console -- this is a program

const http = require("node:http");
const { Server } = require("socket.io");
const { port } = require("./flags.cjs");

const server = http.createServer();
// The load generator answers no heartbeat: the first one comes after any run has ended.
const io = new Server(server, { pingInterval: 600_000 });

io.on("connection", (socket) => {
  socket.join("deck");
  socket.on("say", ({ text }) => {
    io.to("deck").emit("say", { text });
  });
  socket.on("echo", (data, acknowledge) => acknowledge(data));
});

server.listen(port, "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
