/** Tests of server/socketio/engine_websocket.ts. */

import { assertEquals } from "@std/assert";
import type { EngineSocket } from "../../../server/socketio/engine.ts";
import { echo, EngineWebSocket, serveEngine } from "../../support/engine.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("WebSocketTransport carries text and bytes, each in a message of its own", async () => {
  await using running = serveEngine({}, echo);
  const client = await EngineWebSocket.open(running.url);
  const open = await client.next();
  const { sid, ...rest } = JSON.parse(String(open).slice(1));
  assertEquals([typeof sid, rest], ["string", {
    upgrades: [],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  }]);
  for (const data of ["4hello", "4", "4é", Uint8Array.of(1, 2), Uint8Array.of(), "bAQI="]) {
    client.send(data);
    assertEquals(await client.next(), data === "bAQI=" ? Uint8Array.of(1, 2) : data);
  }
  await client.close();
  await waitFor(() => running.engine.count().websocket === 0);
});

for (const packet of ["abc", "", "7", "2", "2probe", "5", "0", "b*"]) {
  Deno.test(`hostile 244: WebSocketTransport closes at ${JSON.stringify(packet)}`, async () => {
    const ends: string[] = [];
    await using running = serveEngine({}, (socket) => socket.on("close", (end) => ends.push(end)));
    const client = await EngineWebSocket.open(running.url);
    client.send(packet);
    const { code, reason } = await client.closed;
    assertEquals([code, reason, ends], [1005, "", ["parse error"]]);
    assertEquals(running.engine.count().websocket, 0);
  });
}

Deno.test("WebSocketTransport ends where the client says 1, or closes", async () => {
  const ends: string[] = [];
  await using running = serveEngine({}, (socket) => socket.on("close", (end) => ends.push(end)));
  const one = await EngineWebSocket.open(running.url);
  one.send("1");
  await one.closed;
  const other = await EngineWebSocket.open(running.url);
  await other.close();
  await waitFor(() => ends.length === 2);
  assertEquals(ends, ["transport close", "transport close"]);
});

Deno.test("WebSocketTransport sends what was sent before close()", async () => {
  await using running = serveEngine({}, (socket) => {
    socket.send("a");
    socket.close();
    socket.send("b");
  });
  const client = await EngineWebSocket.open(running.url);
  await client.next();
  assertEquals(await client.next(), "4a");
  assertEquals((await client.closed).code, 1005);
});

Deno.test("WebSocketTransport pings, and closes where no pong comes", async () => {
  const ends: string[] = [];
  await using running = serveEngine({ pingInterval: 50, pingTimeout: 100 }, (socket) => {
    socket.on("close", (end) => ends.push(end));
  });
  const client = await EngineWebSocket.open(running.url);
  await client.next();
  for (let beats = 0; beats < 3; beats++) {
    assertEquals(await client.next(), "2");
    client.send("3");
  }
  await client.closed;
  assertEquals(ends, ["ping timeout"]);
});

Deno.test("WebSocketTransport holds messages back while a handler waits", async () => {
  const trace: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  await using running = serveEngine({}, (socket) =>
    socket.on("message", async (data) => {
      trace.push(`${data} begins`);
      await gate.promise;
      trace.push(`${data} ends`);
    }));
  const client = await EngineWebSocket.open(running.url);
  client.send("4a");
  client.send("4b");
  await waitFor(() => trace.length > 0);
  gate.resolve();
  await waitFor(() => trace.length === 4);
  assertEquals(trace, ["a begins", "a ends", "b begins", "b ends"]);
  await client.close();
});

Deno.test("WebSocketTransport tells when nothing waits", async () => {
  const sockets: EngineSocket[] = [];
  await using running = serveEngine({}, (socket) => void sockets.push(socket));
  const client = await EngineWebSocket.open(running.url);
  await waitFor(() => sockets.length === 1);
  sockets[0]?.send("a".repeat(100_000));
  assertEquals(Number(sockets[0]?.bufferedAmount) > 65_536, true);
  await sockets[0]?.drained();
  assertEquals(sockets[0]?.bufferedAmount, 0);
  await client.close();
});
