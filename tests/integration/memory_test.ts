/** One budget for what all peers make a server hold, over real TCP. */

import { assert, assertEquals } from "@std/assert";
import { App, fallback, serve } from "../../mod.ts";
import { HttpClient } from "../support/http_client.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { waitFor } from "../support/wait.ts";

const mebibyte = 1_048_576;

Deno.test("hostile 141: serve() keeps unfinished bodies within memoryBudget, and answers others", async () => {
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    memoryBudget: 5 * mebibyte,
    onListen() {},
    fetch: async (request) => new Response(String((await request.bytes()).length)),
  }, () => {});
  const conns: Deno.TcpConn[] = [];
  const sent: Promise<unknown>[] = [];
  for (let n = 0; n < 12; n++) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    conns.push(conn);
    const head = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${mebibyte}\r\n\r\n`;
    sent.push(new HttpClient(conn).send(head + "a".repeat(900_000)).catch(() => {}));
  }
  await waitFor(() => server.stats().memory.evictions >= 6);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const honest = await fetch(url, { method: "POST", body: "b".repeat(300_000) });
  assertEquals([honest.status, await honest.text()], [200, "300000"]);
  const { used, limit } = server.stats().memory;
  assert(used <= limit, `${used} bytes are held`);
  assert(server.stats().http.rejections["503"]! >= 6);
  for (const conn of conns) conn.close();
  await Promise.all(sent);
  await waitFor(() => server.stats().memory.used === 0);
});

Deno.test("hostile 138: serve() receives a message while others hold all of memoryBudget", async () => {
  const received: number[] = [];
  await using server = serve(
    { port: 0, hostname: "127.0.0.1", memoryBudget: 4 * mebibyte, onListen() {} },
    (connection) => void connection.on("message", (data) => void received.push(data.length)),
  );
  const address = { hostname: "127.0.0.1", port: server.addr.port };
  const holders: Deno.TcpConn[] = [];
  for (let n = 0; n < 5; n++) {
    const conn = await Deno.connect(address);
    holders.push(conn);
    // A binary message of 900,000 bytes, masked by zeros, of which the last is missing.
    const frame = new Uint8Array(14 + 900_000 - 1);
    frame.set([0x82, 0xff]);
    new DataView(frame.buffer).setBigUint64(2, 900_000n);
    const bytes = new TextEncoder().encode(headText("GET / HTTP/1.1", upgradeFields));
    for (const part of [bytes, frame]) {
      for (let at = 0; at < part.length;) at += await conn.write(part.subarray(at));
    }
  }
  await waitFor(() => server.stats().memory.evictions > 0);
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  await new Promise((resolve) => socket.onopen = resolve);
  socket.send(new Uint8Array(300_000));
  await waitFor(() => received.length > 0);
  assertEquals(received, [300_000]);
  assert(server.stats().memory.used <= 4 * mebibyte);
  assert(server.stats().connections.closes["1013"]! > 0);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  for (const conn of holders) conn.close();
  await waitFor(() => server.stats().memory.used === 0);
});

Deno.test("hostile 141: serve() counts nothing any more once clients of each transport have gone", async () => {
  const app = new App();
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    app,
    wires: [fallback()],
    onListen() {},
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const stream = await fetch(`${url}/sse`);
  const poll = await (await fetch(`${url}/poll`)).json();
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  await new Promise((resolve) => socket.onmessage = resolve);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  await new HttpClient(conn).send("GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await waitFor(() => app.broadcast.count === 4);
  for (let n = 0; n < 200; n++) app.emit("note", { text: "x".repeat(30_000) });
  await waitFor(() => server.stats().memory.used > mebibyte);
  conn.close();
  await stream.body?.cancel();
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  assertEquals(typeof poll.session, "string");
  await waitFor(() => server.stats().httpClients.sse === 0);
  app.broadcast.disconnect();
  const last = await fetch(`${url}/poll?session=${poll.session}&since=${poll.since}`);
  await last.body?.cancel();
  await waitFor(() => server.stats().memory.used === 0);
});
