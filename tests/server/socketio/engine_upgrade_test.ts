/** Tests of server/socketio/engine_upgrade.ts. */

import { assertEquals } from "@std/assert";
import type { EngineSocket } from "../../../server/socketio/engine.ts";
import { echo, EnginePoller, type EngineWebSocket, serveEngine } from "../../support/engine.ts";
import { waitFor } from "../../support/wait.ts";

/** Gets as far as the answer to the probe. */
async function probe(client: EnginePoller): Promise<EngineWebSocket> {
  const socket = await client.upgrade();
  socket.send("2probe");
  assertEquals(await socket.next(), "3probe");
  return socket;
}

Deno.test("EngineUpgrade moves a session to WebSocket, and says so", async () => {
  const transports: string[] = [];
  await using running = serveEngine({}, (socket) => {
    echo(socket);
    socket.on("upgrade", () => transports.push(socket.transport));
  });
  const client = await EnginePoller.open(running.url);
  const socket = await probe(client);
  assertEquals(await client.poll(), [200, "6"]);
  assertEquals(await client.poll(), [200, "6"]); // clients do send a second one
  socket.send("5");
  socket.send("4hello");
  assertEquals(await socket.next(), "4hello");
  assertEquals([transports, running.engine.count()], [["websocket"], { polling: 0, websocket: 1 }]);
  const body = '{"code":3,"message":"Bad request"}';
  assertEquals([await client.poll(), await client.post("4a")], [[400, body], [400, body]]);
  socket.send("4still here");
  assertEquals(await socket.next(), "4still here");
  await socket.close();
});

Deno.test("EngineUpgrade lets go the poll that waits", async () => {
  await using running = serveEngine({}, echo);
  const client = await EnginePoller.open(running.url);
  const poll = client.poll();
  await running.asked(2);
  const socket = await probe(client);
  assertEquals(await poll, [200, "6"]);
  await socket.close();
});

Deno.test("EngineUpgrade sends first what has waited for a poll, bytes as bytes", async () => {
  await using running = serveEngine({}, echo);
  const client = await EnginePoller.open(running.url);
  const socket = await client.upgrade();
  await client.post("4a\x1ebAQI=\x1e4");
  socket.send("2probe");
  socket.send("5");
  socket.send("4b");
  const packets = ["3probe", "4a", Uint8Array.of(1, 2), "4", "4b"];
  for (const packet of packets) assertEquals(await socket.next(), packet);
  await socket.close();
});

Deno.test("hostile 235: a session that was upgraded is not taken over again", async () => {
  await using running = serveEngine({}, echo);
  const client = await EnginePoller.open(running.url);
  const socket = await probe(client);
  const rival = await client.upgrade();
  assertEquals((await rival.closed).code, 1005);
  socket.send("5");
  socket.send("4a");
  assertEquals(await socket.next(), "4a");
  const third = await client.upgrade();
  await third.closed;
  socket.send("4b");
  assertEquals(await socket.next(), "4b");
  await socket.close();
});

for (const packet of ["4early", "5", "2", "2prob", "3probe", "x", "1"]) {
  Deno.test(`hostile 240: a probe that says ${packet} closes, and polling goes on`, async () => {
    await using running = serveEngine({}, echo);
    const client = await EnginePoller.open(running.url);
    const socket = await client.upgrade();
    socket.send(packet);
    await socket.closed;
    await client.post("4a");
    assertEquals(await client.poll(), [200, "4a"]);
    // Nor does it hinder another one.
    const other = await probe(client);
    await other.close();
  });
}

Deno.test("hostile 240: a probe that never ends is closed in time, and polling goes on", async () => {
  await using running = serveEngine({ upgradeTimeout: 50 }, echo);
  const client = await EnginePoller.open(running.url);
  const socket = await probe(client);
  assertEquals(await client.poll(), [200, "6"]);
  await socket.closed;
  const poll = client.poll(); // which waits again
  await client.post("4a");
  assertEquals(await poll, [200, "4a"]);
  assertEquals(running.engine.count().polling, 1);
});

Deno.test("hostile 241: a session that ends while it is upgraded takes the probe with it", async () => {
  const ends: string[] = [];
  const sockets: EngineSocket[] = [];
  await using running = serveEngine({}, (socket) => {
    sockets.push(socket.on("close", (end) => ends.push(end)));
  });
  const client = await EnginePoller.open(running.url);
  const probing = await probe(client);
  sockets[0]?.close();
  await probing.closed;
  assertEquals(await client.poll(), [200, "1"]);
  const other = await EnginePoller.open(running.url);
  const socket = await probe(other);
  await other.post("1");
  await socket.closed;
  assertEquals(ends, ["forced close", "transport close"]);
  assertEquals(running.engine.count(), { polling: 0, websocket: 0 });
});

Deno.test("hostile 241: a probe that breaks off leaves the session as it was", async () => {
  await using running = serveEngine({}, echo);
  const client = await EnginePoller.open(running.url);
  await (await probe(client)).close();
  const poll = client.poll();
  await waitFor(() => running.server.connections.size === 0);
  await client.post("4a");
  const bodies = [await poll];
  // The poll may have come before the end of the probe was seen.
  if (bodies[0]?.[1] === "6") bodies.push(await client.poll());
  assertEquals(bodies.at(-1), [200, "4a"]);
});

/** Sends numbers both ways while the session changes its transport; returns what each side has got. */
async function upgradeUnderLoad(url: string, total: number): Promise<number[]> {
  const client = await EnginePoller.open(url);
  const received: number[] = [];
  let sent = 0;
  const take = (payload: string) => {
    for (const packet of payload.split("\x1e")) {
      if (packet[0] === "4") received.push(Number(packet.slice(1)));
    }
  };
  const batch = () => Array.from({ length: 5 }, () => `4${sent++}`);
  let isPolling = true;
  const polling = (async () => {
    while (isPolling) take((await client.poll())[1]);
  })();
  await client.post(batch().join("\x1e"));
  const socket = await client.upgrade();
  await client.post(batch().join("\x1e"));
  socket.send("2probe");
  await client.post(batch().join("\x1e"));
  assertEquals(await socket.next(), "3probe");
  isPolling = false;
  await polling;
  socket.send("5");
  while (sent < total) batch().forEach((packet) => socket.send(packet));
  // Each number comes back, and as many of the server's own.
  while (received.length < 2 * total) take(String(await socket.next()));
  await socket.close();
  return received;
}

Deno.test("hostile 242: 50 upgrades under messages lose, double and reorder none", async () => {
  const total = 60;
  await using running = serveEngine({}, (socket) => {
    let next = 1_000;
    socket.on("message", (data) => {
      socket.send(data);
      socket.send(`${next++}`);
    });
  });
  const results = await Promise.all(
    Array.from({ length: 50 }, () => upgradeUnderLoad(running.url, total)),
  );
  const expected = Array.from({ length: total }, (_, at) => [at, 1_000 + at]).flat();
  for (const received of results) assertEquals(received, expected);
});
