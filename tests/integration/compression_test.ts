/** The zlib streams of compressed connections, over real TCP, until they end. */

import { assert, assertEquals } from "@std/assert";
import { type Connection, serve } from "../../mod.ts";
import { ZlibStream } from "../../server/net/websocket/zlib_stream.ts";
import { connect, type TestClient } from "../support/client.ts";
import { waitFor } from "../support/wait.ts";

const takeover = { serverNoContextTakeover: false, clientNoContextTakeover: false };
/** Longer than what is compressed and inflated without zlib. */
const text = "good morning, ".repeat(400);

/** How a third of the clients leave: by a handshake, by the end of TCP, by the server's will. */
const endings: ((client: TestClient, connection: Connection) => unknown)[] = [
  (client) => client.close(1000),
  (client) => client.terminate(),
  (_, connection) => connection.terminate(),
  (_, connection) => connection.close(1001),
  (client) => client.write(Uint8Array.of(0xc1, 0x81, 0, 0, 0, 0, 0x07)), // corrupt
];

Deno.test("serve() frees the streams of compressed connections when they end, however they do", async () => {
  const before = ZlibStream.open;
  const connections: Connection[] = [];
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    compress: takeover,
    onListen() {},
  }, (connection) => {
    connections.push(connection);
    connection.on("message", (data) => void connection.send(data));
  });
  const clients: TestClient[] = [];
  for (let count = 0; count < 20; count++) {
    const client = await connect(`ws://127.0.0.1:${server.addr.port}`, { deflate: takeover });
    clients.push(client);
    for (const message of [text, `${text}!`]) {
      client.send(message);
      assertEquals(await client.next(), message);
    }
  }
  assert(ZlibStream.open >= before + 2 * clients.length - 8, `${ZlibStream.open} streams`);
  clients.forEach((client, n) => endings[n % endings.length]!(client, connections[n]!));
  await waitFor(() => ZlibStream.open <= before);
  await Promise.all(clients.map((client) => client.closed));
  assertEquals(server.stats().connections.open, 0);
});

Deno.test("serve() holds no streams for idle connections whose messages stand alone", async () => {
  await using server = serve(
    { port: 0, hostname: "127.0.0.1", compress: true, onListen() {} },
    (connection) => void connection.on("message", (data) => void connection.send(data)),
  );
  const url = `ws://127.0.0.1:${server.addr.port}`;
  const clients: TestClient[] = [];
  let afterFirst = 0;
  for (let count = 0; count < 20; count++) {
    const client = await connect(url, { deflate: {} });
    clients.push(client);
    client.send(text);
    assertEquals(await client.next(), text);
    if (count === 0) afterFirst = ZlibStream.open;
  }
  assertEquals(ZlibStream.open, afterFirst);
  await Promise.all(clients.map((client) => client.close(1000)));
});
