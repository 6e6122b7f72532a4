/** The emit patterns that users of Socket.IO know, over real sockets. */

import { App } from "@hawser/ws";
import { assertEquals } from "@std/assert";
import type { JsonSocket } from "../support/json_socket.ts";
import { serveApp, type ServedApp } from "../support/json_app.ts";

interface Setup {
  readonly app: App;
  readonly served: ServedApp;
  /** Ada and Bob are in room1, Bob and Eve in room2. */
  readonly ada: JsonSocket;
  readonly bob: JsonSocket;
  readonly eve: JsonSocket;
  readonly ids: { readonly ada: string; readonly bob: string; readonly eve: string };
}

async function setUp(): Promise<Setup> {
  const app = new App();
  app.on("run", (client, pattern) => {
    if (pattern === "one") client.emit("event", "one");
    if (pattern === "others") client.to("room1").emit("event", "others");
    if (pattern === "broadcast") client.broadcast.emit("event", "broadcast");
  });
  const served = serveApp(app);
  const [ada, bob, eve] = [await served.connect(), await served.connect(), await served.connect()];
  app.to(ada.id).to(bob.id).join("room1");
  app.to(bob.id).to(eve.id).join("room2");
  return {
    app,
    served,
    ada: ada.socket,
    bob: bob.socket,
    eve: eve.socket,
    ids: { ada: ada.id, bob: bob.id, eve: eve.id },
  };
}

/** Tells what each socket has got since; a last message to all marks the end. */
async function received({ app, ada, bob, eve }: Setup): Promise<unknown[][]> {
  app.emit("end", {});
  return await Promise.all([ada, bob, eve].map(async (socket) => {
    const got: unknown[] = [];
    for (let message; (message = await socket.next()).type !== "end";) got.push(message.data);
    return got;
  }));
}

/** Runs a pattern in a handler of Ada's. */
async function run({ ada }: Setup, pattern: string): Promise<void> {
  ada.send({ id: pattern, event: "run", data: pattern });
  for (let message; (message = await ada.next()).ack !== pattern;) {
    assertEquals(message, { event: "event", data: pattern });
  }
}

Deno.test("seed: io.emit reaches all connected clients", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  setup.app.emit("global", "all");
  assertEquals(await received(setup), [["all"], ["all"], ["all"]]);
});

Deno.test("seed: socket.emit reaches one specific client", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  await run(setup, "one");
  assertEquals(await received(setup), [[], [], []]);
});

Deno.test("seed: socket.to reaches the room without the sender", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  await run(setup, "others");
  assertEquals(await received(setup), [[], ["others"], []]);
});

Deno.test("seed: io.to reaches the room with the sender", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  setup.app.to("room1").emit("event", "room");
  assertEquals(await received(setup), [["room"], ["room"], []]);
});

Deno.test("seed: io.to.to reaches several rooms, and who is in both once", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  setup.app.to("room1").to("room2").emit("event", "rooms");
  assertEquals(await received(setup), [["rooms"], ["rooms"], ["rooms"]]);
});

Deno.test("seed: io.to reaches one client by its id, as private messages do", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  setup.app.to(setup.ids.eve).emit("message:private", "psst");
  assertEquals(await received(setup), [[], [], ["psst"]]);
});

Deno.test("seed: socket.broadcast reaches all but the sender, except leaves out more", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  await run(setup, "broadcast");
  setup.app.except("room1").emit("event", "except room");
  setup.app.except(setup.ids.eve).emit("event", "except id");
  assertEquals(await received(setup), [
    ["except id"],
    ["broadcast", "except id"],
    ["broadcast", "except room"],
  ]);
});

Deno.test("seed: io.in acts on the clients of a room", async () => {
  const setup = await setUp();
  await using _served = setup.served;
  const { app, ids } = setup;
  assertEquals(app.in("room1").clients().map(({ id }) => id), [ids.ada, ids.bob]);
  app.in("room1").join("room3");
  app.in("room2").leave("room3");
  assertEquals([app.in("room3").count, app.in("room1").count], [1, 2]);
  app.in("room2").except(ids.bob).disconnect(4000, "Room closed");
  assertEquals(await setup.eve.closed, { code: 4000, reason: "Room closed" });
});
