/** Node's http: thirteen bytes, or event streams that a POST sends an event to, written by hand. */

// deno-lint-ignore-file no-console -- this is a program

const http = require("node:http");
const { kind, port } = require("./flags.cjs");

const text = "Casting off at noon, tide permitting";
const streams = new Set();

function answer(request, response) {
  if (kind === "get") return response.end("Hello, World!");
  if (request.method === "POST") {
    response.writeHead(204).end();
    const event = Buffer.from(`data: ${JSON.stringify({ type: "say", text })}\n\n`);
    for (const stream of streams) stream.write(event);
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.flushHeaders();
  streams.add(response);
  request.on("close", () => streams.delete(response));
}

const server = http.createServer(answer);
server.listen(port, "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
