/** uWebSockets.js with the least that a row of the features needs. */

// deno-lint-ignore-file no-console -- this is a program

const uws = require("@trufflesuite/uws-js-unofficial");

const [, , kind] = process.argv;
const app = uws.App();

app.ws("/*", {
  ...(kind === "compress" ? { compression: uws.SHARED_COMPRESSOR } : {}),
  open: (socket) => {
    if (kind === "flood") flood(socket);
  },
  message: (socket, data, isBinary) => {
    if (kind === "wait") return new Promise(() => {});
    if (kind === "app") return talk(socket, JSON.parse(Buffer.from(data).toString()));
    socket.send(data, isBinary);
  },
  close: (socket) => {
    closed.add(socket);
  },
});

const closed = new WeakSet();

/** Does not look at what `send` returns. */
async function flood(socket) {
  const data = new Uint8Array(65_536);
  for (let i = 0; i < 1_024 && !closed.has(socket); i++) {
    socket.send(data, true);
    if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

function talk(socket, { join, room, text }) {
  if (join !== undefined) socket.subscribe(join);
  else app.publish(room, JSON.stringify({ text }));
}

app.listen("127.0.0.1", 0, (token) => {
  console.log(`Listening on http://127.0.0.1:${uws.us_socket_local_port(token)}/`);
});

process.on("SIGTERM", () => app.close());
