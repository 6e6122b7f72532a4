/** Whole trips of npm's own client, by each way of transport. */

import { App, args, EventError, jwt, serve } from "@hawser/ws";
import { socketio, type SocketIoOptions } from "@hawser/ws/socketio";
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { SignJWT } from "jose";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { io as ioOf40 } from "socket.io-client-4.0";
import * as msgpack from "socket.io-msgpack-parser";
import { waitFor } from "../support/wait.ts";

// deno-lint-ignore no-explicit-any -- clients of Socket.IO send whatever they like
type AnyApp = App<any, any>;

const ways = {
  websocket: ["websocket"],
  polling: ["polling"],
  "polling, then websocket": ["polling", "websocket"],
};

function serveApp(app: AnyApp, options: SocketIoOptions = {}, port = 0) {
  return serve({
    port,
    hostname: "127.0.0.1",
    path: "/ws",
    app,
    wires: [socketio(options)],
    onListen() {},
  });
}

type Running = ReturnType<typeof serveApp>;

async function open(
  { addr }: Running,
  options: Partial<ManagerOptions & SocketOptions> = {},
  namespace = "/",
): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${addr.port}${namespace}`, {
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
    ...options,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return socket;
}

/** Waits for an event's arguments. */
function next(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...values) => resolve(values)));
}

for (const [name, transports] of Object.entries(ways)) {
  Deno.test(`socket.io-client speaks with an App (${name})`, async () => {
    const app: AnyApp = new App({ rooms: true, rateLimit: false });
    app.on("echo", (_client, data) => data);
    app.on("back", (client, data) => void client.emit("back", data));
    app.on("ask", async (client) => await client.emitWithAck("question", args(1, "a")));
    await using server = serveApp(app);
    const socket = await open(server, { transports });
    assertEquals(await socket.emitWithAck("echo", "héllo"), "héllo");
    assertEquals(await socket.emitWithAck("echo"), undefined);
    const nested = { deep: [{ bytes: Uint8Array.of(1, 2, 3) }], $base64: "AQ==" };
    const { deep, $base64 } = await socket.emitWithAck("echo", nested);
    assertEquals([[...deep[0].bytes], $base64], [[1, 2, 3], "AQ=="]);
    const back = next(socket, "back");
    socket.emit("back", 1, "two", null, [3]);
    assertEquals(await back, [1, "two", null, [3]]);
    socket.on("question", (a, b, answer) => answer({ a, b, bytes: Uint8Array.of(9) }));
    const answer = await socket.emitWithAck("ask");
    assertEquals([answer.a, answer.b, [...answer.bytes]], [1, "a", [9]]);
    socket.disconnect();
    await waitFor(() => app.broadcast.count === 0);
  });
}

for (const [name, transports] of Object.entries(ways)) {
  Deno.test(`socket.io-client 4.0 speaks with an App (${name})`, async () => {
    const app: AnyApp = new App();
    app.on("echo", (_client, data) => data);
    await using server = serveApp(app);
    const socket = ioOf40(`http://127.0.0.1:${server.addr.port}`, { transports, forceNew: true });
    const answer = await new Promise<{ bytes: Uint8Array }>((resolve) =>
      socket.emit("echo", { bytes: Uint8Array.of(1, 2) }, resolve)
    );
    assertEquals([...answer.bytes], [1, 2]);
    socket.disconnect();
  });
}

Deno.test("socket.io-client speaks with an App by msgpack", async () => {
  const app: AnyApp = new App();
  app.on("echo", (_client, data) => data);
  app.on("bytes", () => Uint8Array.of(7, 8));
  await using server = serveApp(app, { parser: msgpack });
  const socket = await open(server, { parser: msgpack });
  const answer = await socket.emitWithAck("echo", { a: [1, "b"], bytes: Buffer.of(1) });
  assertEquals([answer.a, [...answer.bytes]], [[1, "b"], [1]]);
  assertEquals([...await socket.emitWithAck("bytes")], [7, 8]);
  socket.disconnect();
});

for (const [name, transports] of Object.entries(ways)) {
  Deno.test(`socket.io-client connects to namespaces, those made by pattern too (${name})`, async () => {
    const app: AnyApp = new App();
    app.of("/admin").on("who", (client) => `admin ${client.id}`);
    app.namespaces(/^\/room-\d+$/, (namespace, name) => {
      (namespace as AnyApp).on("who", () => name);
    });
    await using server = serveApp(app);
    const main = await open(server, { transports });
    const admin = main.io.socket("/admin");
    const room = main.io.socket("/room-5");
    const unknown = main.io.socket("/cellar");
    const refused = next(unknown, "connect_error");
    // Each has asked to connect when it was made: it asks again.
    for (const socket of [admin, room, unknown]) socket.connect();
    const [error] = await refused;
    assert(error instanceof Error);
    assertEquals(error.message, "Invalid namespace");
    assertEquals(await admin.emitWithAck("who"), `admin ${admin.id}`);
    assertEquals(await room.emitWithAck("who"), "/room-5");
    const { count } = app.of("/admin").broadcast;
    assertEquals(count, 1);
    admin.disconnect();
    assertEquals(await room.emitWithAck("who"), "/room-5");
    main.io._close();
  });
}

Deno.test("socket.io-client may offer subprotocols, of which the first is taken", async () => {
  const app: AnyApp = new App();
  app.on("echo", (_client, data) => data);
  await using server = serveApp(app);
  for (const transports of [["websocket"], ["polling", "websocket"]]) {
    const socket = await open(server, { transports, protocols: ["deck.v2", "deck.v1"] });
    // The types of the client do not know what its transports have.
    const { engine } = socket.io as unknown as { engine: { transport: { name: string } } };
    await waitFor(() => engine.transport.name === "websocket");
    assertEquals(await socket.emitWithAck("echo", "ahoy"), "ahoy");
    socket.disconnect();
  }
});

Deno.test("socket.io-client signs in by auth, and is told where that fails", async () => {
  const secret = "a secret of thirty-two bytes, or more";
  const key = new TextEncoder().encode(secret);
  const token = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h").sign(key);
  for (const mode of ["before", "either", "message"] as const) {
    const app = new App({ auth: { verify: jwt({ secret }), mode } });
    app.on("who", (client) => client.userId);
    await using server = serveApp(app as unknown as AnyApp);
    const socket = await open(server, { auth: { token } });
    assertEquals(await socket.emitWithAck("who"), "ada");
    socket.disconnect();
    for (const auth of [{ token: "wrong" }, {}, undefined]) {
      const error = await open(server, auth && { auth }).then(() => undefined, (error) => error);
      assertEquals([error?.message, error?.data?.code], ["Authentication failed", "UNAUTHORIZED"]);
    }
  }
});

Deno.test("socket.io-client is told by connect_error what a guard says", async () => {
  const app: AnyApp = new App();
  app.guard(({ auth }) => {
    const isGood = (auth as { token?: unknown } | undefined)?.token === "good";
    if (!isGood) throw new EventError("NOT_GOOD", "not good", { details: { a: "b" } });
  });
  await using server = serveApp(app);
  const error = await open(server, { auth: { token: "bad" } }).catch((error) => error);
  assertEquals([error.message, error.data], ["not good", { a: "b", code: "NOT_GOOD" }]);
  (await open(server, { auth: { token: "good" } })).disconnect();
});

Deno.test("socket.io-client is told why its events fail", async () => {
  const app: AnyApp = new App();
  app.on("dig", () => {
    throw new EventError("FORBIDDEN", "Not here", { details: { depth: 5 } });
  });
  await using server = serveApp(app);
  const socket = await open(server);
  const error = { code: "FORBIDDEN", message: "Not here", depth: 5 };
  assertEquals(await socket.emitWithAck("dig"), { error });
  const told = next(socket, "error");
  socket.emit("dig");
  assertEquals(await told, [{ ...error, event: "dig" }]);
  const silent = await socket.timeout(50).emitWithAck("unknown").catch((error) => error.message);
  assertEquals(silent, "operation has timed out");
  socket.disconnect();
});

Deno.test("socket.io-client hears who ended it, and so does the App", async () => {
  const app: AnyApp = new App();
  const closes: unknown[] = [];
  app.onDisconnect((_client, { code, reason }) => void closes.push([code, reason]));
  app.on("leave", (client) => void client.close(4001, "Signed out"));
  await using server = serveApp(app);
  const sent = await open(server);
  const reason = next(sent, "disconnect");
  const told = next(sent, "error");
  sent.emit("leave");
  assertEquals([(await reason)[0], await told], ["io server disconnect", [{
    code: 4001,
    reason: "Signed out",
  }]]);
  (await open(server)).disconnect();
  const gone = await open(server, { reconnection: false });
  gone.io.engine.close();
  await waitFor(() => closes.length === 3);
  assertEquals(closes, [
    [4001, "Signed out"],
    [1000, "client namespace disconnect"],
    [1006, "transport close"],
  ]);
});

Deno.test("socket.io-client comes back after a restart of the server", async () => {
  const app: AnyApp = new App();
  app.on("echo", (_client, data) => data);
  const first = serveApp(app);
  const { port } = first.addr;
  const socket = await open(first);
  // In the middle of an upgrade it may be told by a request that fails.
  await waitFor(() => socket.io.engine.transport.name === "websocket");
  const lost = next(socket, "disconnect");
  await first.shutdown();
  assertEquals((await lost)[0], "transport close");
  const again = next(socket, "connect");
  await using _second = serveApp(app, {}, port);
  await again;
  assertEquals(await socket.emitWithAck("echo", 5), 5);
  socket.disconnect();
});

Deno.test("socket.io-client recovers what it has missed, with its id and rooms", async () => {
  const app: AnyApp = new App({ rooms: true });
  await using server = serveApp(app, { recovery: true });
  const socket = await open(server);
  const notes: unknown[] = [];
  socket.on("note", (note) => notes.push(note));
  await socket.emitWithAck("room:join", "deck");
  app.to("deck").emit("note", 1);
  await waitFor(() => notes.length === 1);
  const { id } = socket;
  const lost = next(socket, "disconnect");
  socket.io.engine.close();
  await lost;
  app.to("deck").emit("note", 2);
  await next(socket, "connect");
  app.to("deck").emit("note", 3);
  await waitFor(() => notes.length === 3);
  assertEquals([notes, socket.id, socket.recovered], [[1, 2, 3], id, true]);
  socket.disconnect();
});

for (const [name, transports] of Object.entries(ways)) {
  Deno.test(`socket.io-client reconnects 100 times and misses or doubles no message (${name})`, async () => {
    const app: AnyApp = new App({
      rooms: { join: true, history: { size: 10_000 } },
      rateLimit: false,
    });
    await using server = serveApp(app, { maxSessionsPerAddress: 0 });
    const socket = await open(server, { transports, reconnectionDelay: 1 });
    const seen: number[] = [];
    let position: { seq: number; epoch: string } | undefined;
    socket.on("room:joined", ({ seq, epoch }) => position = { seq, epoch });
    socket.on("note", (note, { seq }) => {
      seen.push(note);
      if (position !== undefined) position = { ...position, seq };
    });
    const join = () => socket.emitWithAck("room:join", { roomId: "deck", ...position });
    await join();
    let isOver = false;
    const publishing = (async () => {
      for (let note = 0; !isOver; note++) {
        await app.publish("deck", "note", note);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let count = 0; count < 100; count++) {
      const connected = next(socket, "connect");
      socket.io.engine.close();
      await connected;
      await join();
    }
    isOver = true;
    await publishing;
    const last = await app.publish("deck", "note", -1);
    await waitFor(() => seen.at(-1) === -1);
    assertEquals(seen, [...Array.from({ length: last.seq - 1 }, (_, at) => at), -1]);
    socket.disconnect();
  });
}
