/** uWebSockets.js as an echo or fan-out server, on Node. */

// deno-lint-ignore-file no-console -- this is a program

const uws = require("@trufflesuite/uws-js-unofficial");
const { cert, compress, key, kind, port } = require("./flags.cjs");

// Where the native module does not fit this Node, the package puts a plain one in its place.
if (uws.H3App === undefined) throw new Error("The native module does not fit this Node");

const app = cert === undefined
  ? uws.App()
  : uws.SSLApp({ cert_file_name: cert, key_file_name: key });

app.ws("/*", {
  compression: compress ? uws.DEDICATED_COMPRESSOR_256KB | uws.DEDICATED_DECOMPRESSOR_32KB : 0,
  maxBackpressure: 64 * 1024 * 1024,
  maxPayloadLength: 64 * 1024 * 1024,
  open: (socket) => {
    if (kind === "fanout") socket.subscribe("all");
  },
  message: (socket, data, isBinary) => {
    if (kind === "echo") socket.send(data, isBinary, compress);
    else app.publish("all", data, isBinary);
  },
});

app.listen("127.0.0.1", port, (token) => {
  console.log(`Listening on http://127.0.0.1:${uws.us_socket_local_port(token)}/`);
});
