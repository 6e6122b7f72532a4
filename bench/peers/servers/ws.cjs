/** npm `ws` as an echo or fan-out server, on Node. */

// deno-lint-ignore-file no-console -- this is a program

const { readFileSync } = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const { WebSocketServer } = require("ws");
const { cert, compress, key, kind, port } = require("./flags.cjs");

const server = cert === undefined
  ? http.createServer(refuse)
  : https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, refuse);

/** As `ws` answers where it makes the HTTP server itself. */
function refuse(_request, response) {
  response.writeHead(426, { "Content-Type": "text/plain" }).end("Upgrade Required");
}

const sockets = new WebSocketServer({
  server,
  // Context takeover in both directions is what `ws` grants by itself.
  perMessageDeflate: compress ? { threshold: 0 } : false,
});

sockets.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data, isBinary) => {
    if (kind === "echo") socket.send(data, { binary: isBinary });
    else for (const each of sockets.clients) each.send(data, { binary: isBinary });
  });
});

server.listen(port, "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
