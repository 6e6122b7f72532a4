/** The calls that docs/from-socketio.md puts beside those of Socket.IO, as npm's client meets them. */

import { App, args, EventError, serve } from "@hawser/ws";
import { handshakeOf, socketio } from "@hawser/ws/socketio";
import { assert, assertEquals } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import { startProgram } from "../support/program.ts";
import { ReadmeFolder } from "../support/readme.ts";
import { claimsOf, hmacToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

// deno-lint-ignore no-explicit-any -- clients of Socket.IO send whatever they like
type AnyApp = App<any, any, any>;

function serveApp(app: AnyApp) {
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  return serve({ ...options, app, wires: [socketio({ recovery: true })] });
}

async function open(server: ReturnType<typeof serveApp>, path = "/", auth = {}): Promise<Socket> {
  const url = `http://127.0.0.1:${server.addr.port}${path}`;
  const socket = io(url, { forceNew: true, auth, query: { deck: "upper" } });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return socket;
}

/** Writes down the arguments of an event. */
function listen(socket: Socket, event: string): unknown[][] {
  const heard: unknown[][] = [];
  socket.on(event, (...values) => {
    // The offset of the recovery is the last one.
    heard.push(values.slice(0, -1));
  });
  return heard;
}

Deno.test("from Socket.IO: who and how many are in a room, and all tabs of a user", async () => {
  const app: AnyApp = new App({
    rateLimit: false,
    identify: ({ request }) => ({ id: new URL(request.url).searchParams.get("deck") ?? "" }),
    memberInfo: (client) => ({ userId: client.userId }),
  });
  const counts: [string, number][] = [];
  app.onJoin((_, room) => void counts.push([`in ${room}`, app.in(room).count]));
  app.onLeave((_, room) => void counts.push([`out of ${room}`, app.in(room).count]));
  await using server = serveApp(app);
  const sockets = [await open(server), await open(server)];
  const heard = sockets.map((socket) => listen(socket, "note"));
  for (const client of app.broadcast.clients()) await client.join("one");
  assertEquals([app.in("one").count, await app.in("one").total()], [2, 2]);
  const members = await app.in("one").members();
  assertEquals(members.map(({ info }) => info), Array(2).fill({ userId: "upper" }));
  app.toUser("upper").emit("note", 1);
  await waitFor(() => heard.every(({ length }) => length === 1));
  app.in("one").leave("one");
  assertEquals(counts, [["in one", 1], ["in one", 2], ["out of one", 2], ["out of one", 1]]);
  for (const socket of sockets) socket.disconnect();
});

Deno.test("from Socket.IO: targets, rooms and what moves between them", async () => {
  const app: AnyApp = new App({ rateLimit: false });
  await using server = serveApp(app);
  const sockets = [await open(server), await open(server), await open(server)];
  const [a, b, c] = sockets.map((socket) => app.client(socket.id!)!);
  const heard = sockets.map((socket) => listen(socket, "note"));
  const taken = async (sum: number) => {
    await waitFor(() => heard.flat().length >= sum);
    return heard.map((each) => each.splice(0).map(([value]) => value));
  };
  await a!.join("one");
  await b!.join("two");
  await b!.join("one");
  assertEquals([...b!.rooms].sort(), ["one", "two"]);
  app.emit("note", 1);
  assertEquals(await taken(3), [[1], [1], [1]]);
  app.to("one").to("two").except(a!.id).emit("note", 2);
  app.to("one").volatile.emit("note", 3);
  app.to("two").local.emit("note", 4);
  assertEquals(await taken(4), [[3], [2, 3, 4], []]);
  a!.broadcast.emit("note", 5);
  b!.to("one").emit("note", 6);
  app.toClient(c!.id).emit("note", 7);
  assertEquals(await taken(4), [[6], [5], [5, 7]]);
  assertEquals((await app.to("one").members()).map(({ id }) => id).sort(), [a!.id, b!.id].sort());
  app.to("one").join("three");
  app.to("two").leave("one");
  app.to("three").emit("note", 8);
  app.to("one").emit("note", 9);
  assertEquals(await taken(3), [[8, 9], [8], []]);
  const reasons = sockets.map((socket) =>
    new Promise((resolve) => socket.on("disconnect", resolve))
  );
  app.to("three").disconnect();
  c!.close();
  assertEquals(await Promise.all(reasons), Array(3).fill("io server disconnect"));
});

Deno.test("from Socket.IO: events, acknowledgements and what stands before them", async () => {
  const app: AnyApp = new App({ rateLimit: false });
  const ends: unknown[] = [];
  app.guard(({ auth }) => {
    if ((auth as { name?: string }).name !== "Ada") {
      throw new EventError("FORBIDDEN", "Who are you?", { details: { hint: "name" } });
    }
  });
  app.onConnect((client) => {
    client.emit("hello", args("deck", [1]));
  });
  const asked: unknown[] = [];
  app.use(({ event, data }, next) => {
    asked.push([event, data]);
    return next();
  });
  app.on("add", (_client, [a, b]) => a + b);
  app.on("pair", () => args("left", "right"));
  app.on("ask", (client) => client.emitWithAck("question", "?", { timeout: 5_000 }));
  app.on("who", (client) => {
    const { query, auth, headers, secure } = handshakeOf(client);
    return [query.deck, auth, typeof headers["host"], secure];
  });
  app.onDisconnect((client, { code, reason }) => void ends.push([client.rooms.size, code, reason]));
  await using server = serveApp(app);
  const refusal = await open(server).catch((error) => error);
  assertEquals([refusal.message, refusal.data.hint, refusal.data.code], [
    "Who are you?",
    "name",
    "FORBIDDEN",
  ]);
  const auth = { name: "Ada" };
  const socket = io(`http://127.0.0.1:${server.addr.port}`, { forceNew: true, auth });
  const hello = listen(socket, "hello");
  await waitFor(() => hello.length === 1);
  assertEquals(hello, [["deck", [1]]]);
  assertEquals(await socket.emitWithAck("add", 2, 3), 5);
  const pair = new Promise((resolve) =>
    socket.emit("pair", (...values: unknown[]) => resolve(values))
  );
  assertEquals(await pair, ["left", "right"]);
  socket.on("question", (mark, answer) => answer(`42${mark}`));
  assertEquals(await socket.emitWithAck("ask"), "42?");
  assertEquals(asked.slice(0, 2), [["add", args(2, 3)], ["pair", undefined]]);
  const other = await open(server, "/", auth);
  assertEquals(await other.emitWithAck("who"), ["upper", auth, "string", false]);
  await app.client(other.id!)!.join("deck");
  other.disconnect();
  await waitFor(() => ends.length === 1);
  assertEquals(ends, [[1, 1000, "client namespace disconnect"]]);
  socket.disconnect();
});

Deno.test("from Socket.IO: namespaces, and the room that a client joins by itself", async () => {
  const app: AnyApp = new App({ rooms: true, rateLimit: false });
  app.of("/admin").on("who", () => "admin");
  app.namespaces(/^\/room-\d+$/, (namespace, name) => {
    (namespace as AnyApp).on("who", () => name);
  });
  await using server = serveApp(app);
  const [admin, room, main] = [
    await open(server, "/admin"),
    await open(server, "/room-7"),
    await open(server),
  ];
  assertEquals([await admin.emitWithAck("who"), await room.emitWithAck("who")], [
    "admin",
    "/room-7",
  ]);
  let position: { seq: number; epoch: string } | undefined;
  const notes: unknown[] = [];
  main.on("room:joined", ({ seq, epoch }) => (position = { seq, epoch }));
  main.on("message:new", (message, { seq }) => {
    notes.push(message);
    position!.seq = seq;
  });
  await main.emitWithAck("room:join", { roomId: "deck", ...position });
  await app.publish("deck", "message:new", "Ahoy");
  await waitFor(() => notes.length === 1);
  assertEquals([notes, position!.seq], [["Ahoy"], 1]);
  assertEquals(await main.emitWithAck("room:leave", "deck"), { status: "ok" });
  assert(!app.client(main.id!)!.rooms.has("deck"));
  for (const socket of [admin, room, main]) socket.disconnect();
});

Deno.test("from Socket.IO: the server that the page moves serves the clients of the one before", async () => {
  await using folder = await ReadmeFolder.make("docs/from-socketio.md");
  const { permissions } = folder;
  await using chat = await startProgram(folder.file("chat.ts"), { permissions });
  const url = `http://127.0.0.1:${chat.url.port}`;
  const key = "the secret of your tokens, 32 bytes at least";
  const tokenOf = (sub: string) => hmacToken(claimsOf(sub), { key });
  const enter = async (name: string) => {
    const socket = io(url, { auth: { token: tokenOf(name) }, forceNew: true });
    const heard: unknown[][] = [];
    socket.onAny((event, { userId, fromUser, content }) => {
      if (!event.startsWith("room:")) heard.push([event, userId ?? fromUser, content]);
    });
    await new Promise((resolve) => socket.on("connect", () => resolve(undefined)));
    assertEquals(await socket.emitWithAck("room:join", "chat-room-123"), { status: "ok" });
    return { socket, heard };
  };
  for (const auth of [{ token: "wrong" }, {}]) {
    const stranger = io(url, { auth, forceNew: true });
    const error = await new Promise<Error>((resolve) => stranger.on("connect_error", resolve));
    assertEquals(error.message, "Authentication failed");
    stranger.disconnect();
  }
  const ada = await enter("ada");
  const bob = await enter("bob");
  const message = { roomId: "chat-room-123", content: "Hello!" };
  assertEquals(await ada.socket.emitWithAck("message:send", message), { status: "ok" });
  ada.socket.emit("typing:start", "chat-room-123");
  await waitFor(() => bob.heard.length === 2);
  bob.socket.emit("message:private", { to: ada.socket.id, content: "psst" });
  await waitFor(() => ada.heard.length === 3);
  bob.socket.emit("room:leave", "chat-room-123");
  await bob.socket.emitWithAck("room:join", "chat-room-123");
  bob.socket.disconnect();
  await waitFor(() => ada.heard.length === 6);
  assertEquals(bob.heard, [["message:new", "ada", "Hello!"], ["user:typing", "ada", undefined]]);
  assertEquals(ada.heard, [
    ["user:joined", "bob", undefined],
    ["message:new", "ada", "Hello!"],
    ["message:private", "bob", "psst"],
    ["user:left", "bob", undefined],
    ["user:joined", "bob", undefined],
    ["user:left", "bob", undefined],
  ]);
  await chat.says("client namespace disconnect");
  ada.socket.disconnect();
});
