/**
 * Socket.IO's server with one room over several nodes, on Node: `redis|streams --redis URL`. What a
 * member says goes to all of them, the sender too.
 */

// deno-lint-ignore-file no-console -- this is a program

const http = require("node:http");
const { parseArgs } = require("node:util");
const { createClient } = require("redis");
const { Server } = require("socket.io");

const { positionals: [kind], values } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string", default: "0" }, redis: { type: "string" } },
});

async function makeAdapter() {
  const client = createClient({ url: values.redis });
  await client.connect();
  if (kind === "streams") return require("@socket.io/redis-streams-adapter").createAdapter(client);
  const subscriber = client.duplicate();
  await subscriber.connect();
  return require("@socket.io/redis-adapter").createAdapter(client, subscriber);
}

async function main() {
  const server = http.createServer();
  // The load generator answers no heartbeat: the first one comes after any run has ended.
  const options = { transports: ["websocket"], pingInterval: 600_000 };
  const io = new Server(server, { ...options, adapter: await makeAdapter() });
  io.on("connection", (socket) => {
    socket.join("deck");
    socket.on("say", ({ text }) => {
      io.to("deck").emit("say", { text });
    });
  });
  server.listen(Number(values.port), "127.0.0.1", () => {
    console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
  });
}

main();
