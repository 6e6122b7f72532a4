/** One connected client, as the application sees it. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import type { Client } from "../../../../server/app/clients/client.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import type { AnyEvents } from "../../../../wire/event_types.ts";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { connect } from "../../../support/clients.ts";
import type { MemoryConnection } from "../../../support/memory_connection.ts";

interface Connected {
  app: App;
  client: Client<AnyEvents, unknown>;
  connection: MemoryConnection;
}

function connectTo(app = new App()): Connected {
  const { connection, id } = connect(app);
  const client = app.client(id);
  assert(client !== undefined);
  return { app, client, connection };
}

Deno.test("Client.emit() sends to this client only", () => {
  const { app, client, connection } = connectTo();
  const other = connectTo(app);
  assertEquals(client.emit("note", { text: "hi" }), "sent");
  assertEquals(connection.take(), [{ type: "note", text: "hi" }]);
  assertEquals(other.connection.take(), []);
});

Deno.test("Client.send() sends an event that is encoded once", () => {
  const { app, client, connection } = connectTo();
  const other = connectTo(app);
  const tick = new Outgoing("tick", { at: 1 });
  for (const each of [client, other.client]) each.send(tick);
  assertStrictEquals(connection.sentPrepared[0], other.connection.sentPrepared[0]);
});

Deno.test("Client.to() means the room without the client, broadcast all without it", () => {
  const { app, client, connection } = connectTo();
  const [other, outsider] = [connectTo(app), connectTo(app)];
  for (const each of [client, other.client]) each.join("deck");
  client.to("deck").emit("room", {});
  client.broadcast.emit("all", {});
  assertEquals(connection.take(), []);
  assertEquals(other.connection.take().map(({ type }) => type), ["room", "all"]);
  assertEquals(outsider.connection.take().map(({ type }) => type), ["all"]);
});

Deno.test("Client.join() and leave() change its rooms", () => {
  const { client } = connectTo();
  client.join("deck");
  client.join("deck");
  client.join("bridge");
  assertEquals([...client.rooms], ["deck", "bridge"]);
  client.leave("deck");
  client.leave("nowhere");
  assertEquals([...client.rooms], ["bridge"]);
});

Deno.test("Client.join() sends what has followed a position, and tells where it ends", async () => {
  const { app, client, connection } = connectTo();
  const { position: { epoch } } = await client.join("deck");
  client.leave("deck");
  for (const text of ["a", "b"]) await app.publish("deck", "note", { text });
  const joined = await client.join("deck", { seq: 0, epoch }, (joined) => {
    client.emit("joined", joined);
  });
  await app.publish("deck", "note", { text: "c" });
  assertEquals(joined, { position: { seq: 2, epoch }, recovered: true });
  assertEquals(connection.take(), [
    { type: "note", text: "a", stream: "deck", seq: 1 },
    { type: "note", text: "b", stream: "deck", seq: 2 },
    { type: "joined", ...joined },
    { type: "note", text: "c", stream: "deck", seq: 3 },
  ]);
});

Deno.test("Client.join() without a position sends nothing old", async () => {
  const { app, client, connection } = connectTo();
  const first = await app.publish("deck", "note", {});
  const second = app.publish("deck", "note", {});
  const joined = await client.join("deck");
  assertEquals(joined, { position: { seq: 2, epoch: first.epoch }, recovered: false });
  assertEquals(await second, joined.position);
  await app.publish("deck", "note", {});
  assertEquals(connection.take(), [{ type: "note", stream: "deck", seq: 3 }]);
});

Deno.test("Client.join() of a member without a position keeps it in the stream", async () => {
  const { app, client, connection } = connectTo();
  const { position: start } = await client.join("deck");
  const publishing = app.publish("deck", "note", {});
  const joined = await client.join("deck", undefined, (joined) => {
    client.emit("joined", joined);
  });
  await publishing;
  assertEquals(joined, { position: start, recovered: false });
  assertEquals(connection.take(), [
    { type: "joined", ...joined },
    { type: "note", stream: "deck", seq: 1 },
  ]);
});

Deno.test("Client.join() finds the position of a room that everybody has left", async () => {
  const { app, client } = connectTo();
  await client.join("deck");
  const position = await app.publish("deck", "note", {});
  client.leave("deck");
  assertEquals(await client.join("deck", position), { position, recovered: true });
});

Deno.test("Client.join() of a member with a position sends what has followed it", async () => {
  const { app, client, connection } = connectTo();
  const { position } = await client.join("deck");
  for (let i = 0; i < 3; i++) await app.publish("deck", "note", {});
  connection.take();
  const joined = await client.join("deck", { ...position, seq: 1 });
  assertEquals([joined.recovered, joined.position.seq], [true, 3]);
  assertEquals(connection.take().map(({ seq }) => seq), [2, 3]);
});

Deno.test("hostile 106: Client.join() of a client that has gone leaves nothing behind", async () => {
  const { app, client, connection } = connectTo();
  connection.end();
  await app.publish("deck", "note", {});
  const joined = await client.join("deck", { seq: 0, epoch: "x" }, () => {
    throw new Error("Announced to nobody");
  });
  assertEquals([joined.recovered, app.in("deck").count], [false, 0]);
});

Deno.test("hostile 108: Client.join() takes a forged position as one that missed something", async () => {
  const { client } = connectTo();
  const { position } = await client.join("deck");
  const elsewhere = await client.join("bridge");
  const forged = [
    { seq: -1, epoch: position.epoch },
    { seq: 1e9, epoch: position.epoch },
    { seq: 0, epoch: "guess" },
    elsewhere.position,
  ];
  for (const since of forged) {
    assertEquals((await client.join("deck", since)).recovered, false);
  }
});

Deno.test("Client.join() rejects where the limits are passed", async () => {
  const { client } = connectTo(new App({ maxRooms: 1 }));
  client.join("deck");
  const [forbidden, invalid] = [client.join("bridge"), client.join("")];
  assertEquals((await assertRejects(() => forbidden, EventError)).code, "FORBIDDEN");
  assertEquals((await assertRejects(() => invalid, EventError)).code, "INVALID_MESSAGE");
});

Deno.test("hostile 186: a handler that does not wait for a join that fails ends no process", async () => {
  const app = new App<{ enter: { room: string } }>();
  app.on("enter", (client, { room }) => void client.join(room));
  const { connection } = connectTo(app);
  for (const room of ["", "x".repeat(257)]) {
    await connection.receiveJson({ type: "enter", room });
    await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection would end the test
  }
  assertEquals(connection.state, "open");
});

Deno.test("Client.close() starts the closing handshake, terminate() ends at once", () => {
  const [one, two] = [connectTo(), connectTo()];
  assert(one.client.connected);
  one.client.close(4000, "Enough");
  assertEquals(one.connection.closedWith, { code: 4000, reason: "Enough" });
  assert(!one.client.connected);
  two.client.terminate();
  assertEquals(two.connection.state, "closed");
  assert(!two.client.connected);
});

Deno.test("Client.connected is false once the peer has gone", () => {
  const { client, connection } = connectTo();
  connection.end();
  assert(!client.connected);
  assertEquals(client.emit("note", {}), "dropped");
  assertEquals(client.rooms.size, 0);
});

Deno.test("hostile 98: Client.data has no names of its own", () => {
  const { client } = connectTo();
  assertEquals(client.data.constructor, undefined);
  client.data.__proto__ = "ordinary";
  assertEquals(Object.keys(client.data), ["__proto__"]);
});
