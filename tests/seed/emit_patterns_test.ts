/** The emit patterns that users of Socket.IO know, over real sockets. */

import { App } from "@hawser/ws";
import { assertEquals } from "@std/assert";
import type { JsonSocket } from "../support/json_socket.ts";
import { serveApp, type ServedApp } from "../support/json_app.ts";

interface Crew {
  readonly app: App;
  readonly served: ServedApp;
  /** Ada and Bob are in room1, Bob and Eve in room2. */
  readonly ada: JsonSocket;
  readonly bob: JsonSocket;
  readonly eve: JsonSocket;
  readonly ids: { readonly ada: string; readonly bob: string; readonly eve: string };
}

async function setUp(): Promise<Crew> {
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
async function received({ app, ada, bob, eve }: Crew): Promise<unknown[][]> {
  app.emit("end", {});
  return await Promise.all([ada, bob, eve].map(async (socket) => {
    const got: unknown[] = [];
    for (let message; (message = await socket.next()).type !== "end";) got.push(message.data);
    return got;
  }));
}

/** Runs a pattern in a handler of Ada's. */
async function run({ ada }: Crew, pattern: string): Promise<void> {
  ada.send({ id: pattern, event: "run", data: pattern });
  for (let message; (message = await ada.next()).ack !== pattern;) {
    assertEquals(message, { event: "event", data: pattern });
  }
}

Deno.test("seed: io.emit reaches all connected clients", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  crew.app.emit("global", "all");
  assertEquals(await received(crew), [["all"], ["all"], ["all"]]);
});

Deno.test("seed: socket.emit reaches one specific client", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  await run(crew, "one");
  assertEquals(await received(crew), [[], [], []]);
});

Deno.test("seed: socket.to reaches the room without the sender", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  await run(crew, "others");
  assertEquals(await received(crew), [[], ["others"], []]);
});

Deno.test("seed: io.to reaches the room with the sender", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  crew.app.to("room1").emit("event", "room");
  assertEquals(await received(crew), [["room"], ["room"], []]);
});

Deno.test("seed: io.to.to reaches several rooms, and who is in both once", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  crew.app.to("room1").to("room2").emit("event", "rooms");
  assertEquals(await received(crew), [["rooms"], ["rooms"], ["rooms"]]);
});

Deno.test("seed: io.to reaches one client by its id, as private messages do", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  crew.app.to(crew.ids.eve).emit("message:private", "psst");
  assertEquals(await received(crew), [[], [], ["psst"]]);
});

Deno.test("seed: socket.broadcast reaches all but the sender, except leaves out more", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  await run(crew, "broadcast");
  crew.app.except("room1").emit("event", "except room");
  crew.app.except(crew.ids.eve).emit("event", "except id");
  assertEquals(await received(crew), [
    ["except id"],
    ["broadcast", "except id"],
    ["broadcast", "except room"],
  ]);
});

Deno.test("seed: io.in acts on the clients of a room", async () => {
  const crew = await setUp();
  await using _served = crew.served;
  const { app, ids } = crew;
  assertEquals(app.in("room1").clients().map(({ id }) => id), [ids.ada, ids.bob]);
  app.in("room1").join("room3");
  app.in("room2").leave("room3");
  assertEquals([app.in("room3").count, app.in("room1").count], [1, 2]);
  app.in("room2").except(ids.bob).disconnect(4000, "Room closed");
  assertEquals(await crew.eve.closed, { code: 4000, reason: "Room closed" });
});
