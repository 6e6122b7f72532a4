/** The basic server of every WebSocket library: welcome, echo, broadcast and heartbeat at `/ws`. */

import { type Connection, serve, type Server } from "@hawser/ws";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { connectClient } from "../support/text_client.ts";
import { waitFor } from "../support/wait.ts";

interface BasicServer {
  readonly server: Server;
  readonly url: string;
  readonly heard: string[];
}

function startServer(): BasicServer {
  const heard: string[] = [];
  const server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws" }, (connection) => {
    heard.push(`connection from ${connection.remoteAddress}`);
    connection.on("message", (data) => {
      connection.send(`Server echo: ${data}`);
    });
    connection.on("close", ({ code, reason }) => heard.push(`disconnected ${code} ${reason}`));
    connection.on("ping", () => heard.push("ping"));
    connection.send(JSON.stringify({ type: "welcome", id: crypto.randomUUID() }));
  });
  return { server, url: `ws://127.0.0.1:${server.addr.port}/ws`, heard };
}

Deno.test("seed: basic server welcomes, echoes and hears the end", async () => {
  const { server, url, heard } = startServer();
  await using _server = server;
  const client = await connectClient(url);
  const welcome = JSON.parse(await client.next());
  assertEquals(welcome.type, "welcome");
  assertMatch(welcome.id, /^[0-9a-f-]{36}$/);
  client.socket.send("hello");
  assertEquals(await client.next(), "Server echo: hello");
  client.socket.close(1000, "Goodbye");
  await waitFor(() => heard.length === 2);
  assertEquals(heard, ["connection from 127.0.0.1", "disconnected 1000 Goodbye"]);
});

Deno.test("seed: basic server is at /ws only", async () => {
  const { server, url } = startServer();
  await using _server = server;
  await assertRejects(() => connectClient(url.replace("/ws", "/")));
});

Deno.test("seed: broadcast to all clients", async () => {
  const { server, url } = startServer();
  await using _server = server;
  const clients = [await connectClient(url), await connectClient(url)];
  for (const client of clients) await client.next();
  server.broadcast(JSON.stringify({ type: "news" }));
  for (const client of clients) {
    assertEquals(await client.next(), '{"type":"news"}');
    client.socket.close();
    await client.closed;
  }
});

Deno.test("seed: heartbeat of one's own finds who is alive", async () => {
  const { server, url } = startServer();
  await using _server = server;
  const client = await connectClient(url);
  await client.next();
  const alive = new Set<Connection>();
  for (const connection of server.connections) {
    connection.on("pong", () => void alive.add(connection));
    connection.ping();
  }
  await waitFor(() => alive.size === 1);
  client.socket.close();
  await client.closed;
});

Deno.test("seed: heartbeat of the server ends dead connections by itself", async () => {
  const closes: number[] = [];
  await using server = serve(
    { port: 0, hostname: "127.0.0.1", pingInterval: 20, pingTimeout: 20 },
    (connection) => void connection.on("close", ({ code }) => closes.push(code)),
  );
  using dead = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const head = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await dead.write(new TextEncoder().encode(head));
  await waitFor(() => closes.length === 1);
  assertEquals(closes, [1006]);
});
