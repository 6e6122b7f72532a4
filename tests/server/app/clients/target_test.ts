/** A selection of clients, as a value. */

import { assertEquals, assertThrows } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import { connect } from "../../../support/clients.ts";
import type { MemoryConnection } from "../../../support/memory_connection.ts";

/** Three clients: the first in deck, the second in deck and bridge, the third in bridge. */
function setUp(): { app: App; ids: string[]; connections: MemoryConnection[] } {
  const app = new App();
  const clients = [connect(app), connect(app), connect(app)];
  const ids = clients.map(({ id }) => id);
  for (const [index, room] of [[0, "deck"], [1, "deck"], [1, "bridge"], [2, "bridge"]] as const) {
    app.client(ids[index]!)?.join(room);
  }
  return { app, ids, connections: clients.map(({ connection }) => connection) };
}

function received(connections: MemoryConnection[]): number[] {
  return connections.map((connection) => connection.take().length);
}

Deno.test("Target.emit() reaches a member of two rooms once", () => {
  const { app, connections } = setUp();
  app.to("deck").to("bridge").emit("call", {});
  assertEquals(received(connections), [1, 1, 1]);
  app.in("deck").in("deck").emit("call", {});
  assertEquals(received(connections), [1, 1, 0]);
});

Deno.test("Target.except() leaves clients out", () => {
  const { app, ids, connections } = setUp();
  app.to("deck").to("bridge").except(ids[1]!).emit("call", {});
  assertEquals(received(connections), [1, 0, 1]);
  app.to("deck").except(ids[0]!).except(ids[1]!).emit("call", {});
  assertEquals(received(connections), [0, 0, 0]);
});

Deno.test("Target.except() leaves the members of a room out", () => {
  const { app, connections } = setUp();
  app.except("deck").emit("call", {});
  assertEquals(received(connections), [0, 0, 1]);
  app.to("deck").except("bridge").emit("call", {});
  assertEquals(received(connections), [1, 0, 0]);
});

Deno.test("Target.to() takes the id of a client", () => {
  const { app, ids, connections } = setUp();
  app.to(ids[0]!).to("bridge").emit("call", {});
  assertEquals(received(connections), [1, 1, 1]);
  app.to(ids[0]!).emit("call", {});
  assertEquals(received(connections), [1, 0, 0]);
});

Deno.test("hostile 427: Target.to() and its like refuse a list, which would mean nobody", () => {
  const { app } = setUp();
  const list: unknown = ["deck", "bridge"];
  const name = list as string;
  for (const method of ["to", "in", "toUser", "toClient", "except"] as const) {
    assertThrows(() => app[method](name), TypeError, "call it once for each name");
  }
  assertThrows(() => app.to("deck").except(name), TypeError, "a list in except()");
});

Deno.test("Target.toUser() reaches every connection of a user once", () => {
  const app = new App();
  const [one, two, other] = ["ada", "ada", "bob"].map((sub) => connect(app, { data: { sub } }));
  app.toUser("ada").emit("call", {});
  app.toUser("ada").toUser("bob").to(one!.id).emit("call", {});
  app.client(one!.id)?.toUser("ada").emit("call", {});
  app.toUser("nobody").emit("call", {});
  assertEquals(received([one!, two!, other!].map(({ connection }) => connection)), [2, 3, 1]);
  assertEquals(app.client(other!.id)?.userId, "bob");
});

Deno.test("AppOptions.userId tells who a user is", () => {
  const app = new App({
    identify: ({ data }) => String(data),
    userId: (user) => user.toLowerCase(),
  });
  const { connection } = connect(app, { data: "ADA" });
  app.toUser("ada").emit("call", {});
  assertEquals(received([connection]), [1]);
});

Deno.test("Target.volatile skips clients that read too slowly", () => {
  const { app, connections } = setUp();
  connections[0]!.bufferedAmount = 65_537;
  connections[1]!.bufferedAmount = 65_536;
  app.volatile.emit("tick", {});
  app.to("deck").volatile.emit("tick", {});
  assertEquals(received(connections), [0, 2, 1]);
  app.to("deck").emit("tick", {});
  assertEquals(received(connections), [1, 1, 0]);
});

Deno.test("Target.volatile does not wait for answers of clients that it has skipped", async () => {
  const { app, connections } = setUp();
  connections[0]!.bufferedAmount = 65_537;
  const pending = app.in("deck").volatile.emitWithAck("tick", {});
  const [{ id }] = connections[1]!.take();
  await connections[1]!.receiveJson({ ack: id, data: "yes" });
  assertEquals(await pending, ["yes"]);
});

Deno.test("Target.local means the clients of this node", () => {
  const { app, connections } = setUp();
  app.local.emit("call", {});
  app.to("deck").local.emit("call", {});
  app.broadcast.emit("call", {});
  assertEquals(received(connections), [3, 3, 2]);
});

Deno.test("Target is a value that each method leaves as it was", () => {
  const { app, ids } = setUp();
  const deck = app.to("deck");
  deck.to("bridge");
  deck.except(ids[0]!);
  assertEquals(deck.count, 2);
});

Deno.test("Target means the members of the moment when it is used", () => {
  const { app, ids, connections } = setUp();
  const deck = app.to("deck");
  connections[0]!.end();
  app.client(ids[2]!)?.join("deck");
  assertEquals(deck.clients().map(({ id }) => id), [ids[1]!, ids[2]!]);
});

Deno.test("Target.clients() stops at a limit", () => {
  const { app, ids } = setUp();
  assertEquals(app.to("deck").to("bridge").clients(2).map(({ id }) => id), ids.slice(0, 2));
});

Deno.test("Target.join(), leave() and disconnect() act on each client", () => {
  const { app, connections } = setUp();
  app.in("deck").join("hold");
  assertEquals(app.in("hold").count, 2);
  app.in("bridge").leave("hold");
  assertEquals(app.in("hold").count, 1);
  app.in("bridge").disconnect(4000, "Bridge closed");
  assertEquals(connections.map(({ closedWith }) => closedWith), [
    undefined,
    { code: 4000, reason: "Bridge closed" },
    { code: 4000, reason: "Bridge closed" },
  ]);
});

Deno.test("hostile 150: Target.join() lets all others in where one is in too many rooms, and tells which", () => {
  const app = new App({ maxRooms: 2 });
  const ids = Array.from({ length: 5 }, () => connect(app).id);
  app.broadcast.join("deck");
  for (const index of [0, 2]) app.client(ids[index]!)?.join("full");
  const outside = app.in("deck").join("hold");
  assertEquals(outside.map(({ id }) => id), [ids[0], ids[2]]);
  assertEquals(app.in("hold").clients().map(({ id }) => id), [ids[1], ids[3], ids[4]]);
  assertEquals(app.in("hold").join("hold"), [], "who is inside stays");
  assertEquals(app.in("nobody").join("hold"), []);
});

Deno.test("Target.join() refuses a name that is not allowed, and moves nobody", () => {
  const { app } = setUp();
  assertThrows(() => app.in("deck").join(""), EventError, "Room name");
  assertThrows(() => app.in("nobody").join("x".repeat(257)), EventError, "Room name");
});

Deno.test("Target.emit() refuses reserved names and data that cannot be encoded", () => {
  const { app, connections } = setUp();
  assertThrows(() => app.to("deck").emit("error", {}), TypeError, "reserved");
  assertThrows(() => app.to("deck").emit("call", { at: 1n }), TypeError);
  assertEquals(received(connections), [0, 0, 0]);
});

Deno.test("Target.emit() goes on when a client ends while it is sent to", () => {
  const { app, ids, connections } = setUp();
  app.onDisconnect((client) => client.to("deck").emit("left", {}));
  const send = connections[0]!.send;
  connections[0]!.send = (data) => {
    app.client(ids[0]!)?.terminate();
    return send.call(connections[0], data);
  };
  app.to("deck").to("bridge").emit("call", {});
  assertEquals(connections[1]!.take().map(({ type }) => type), ["left", "call"]);
  assertEquals(received(connections), [0, 0, 1]);
});
