/** Tests of server/net/websocket/protocol_driver.ts: when the end of a connection is reported, and how often. */

import { assertEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import type { Connection } from "../../../../server/types.ts";
import { ConnectionDriver, settle } from "../../../support/connection_driver.ts";
import { acceptor } from "../../../../server/app/peer.ts";
import { openApp } from "../../../support/clients.ts";

Deno.test("hostile 135: 5,000 members, each of whose ends closes the next, are all gone at last", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 100 });
  const app = new App({ rateLimit: false, presence: true, identify: () => ({ id: "crew" }) });
  app.onConnect((client) => void client.join("deck"));
  let ends = 0;
  app.onDisconnect((client) => {
    ends++;
    app.to("deck").emit("left", { id: client.id, text: "x".repeat(2_000) });
  });
  const opened = Array.from({ length: 5_000 }, () => {
    const driven = driver.open({ handler: (connection) => openApp(app, connection) });
    driven.socket.delay();
    return driven;
  });
  await settle();
  assertEquals(app.to("deck").count, 5_000);
  for (const text of ["x".repeat(2_000), "y".repeat(2_000)]) app.to("deck").emit("fill", { text });
  opened[0]!.connection.terminate();
  await settle();
  assertEquals([ends, app.size, app.to("deck").count, app.toUser("crew").count], [5_000, 0, 0, 0]);
  const { clients, rooms } = app[acceptor].stats!()["/"]!;
  assertEquals([clients, rooms, driver.errors], [0, 0, []]);
  assertEquals(opened.filter(({ closes }) => closes.length !== 1).length, 0);
});

Deno.test("hostile 135: a connection that its open handler ends is reported once, to all of its handlers", async () => {
  for (const end of ["terminate", "close"] as const) {
    await using driver = new ConnectionDriver({ closeTimeout: 1_000 });
    const app = new App();
    app.onConnect((client) => client[end]());
    let disconnects = 0;
    app.onDisconnect(() => void disconnects++);
    const closes: number[] = [];
    driver.open({
      handler(connection) {
        openApp(app, connection);
        connection.on("close", ({ code }) => void closes.push(code));
      },
    });
    await driver.advance(1_500);
    assertEquals([closes, disconnects, app.size], [[1006], 1, 0], end);
  }
});

Deno.test("hostile 135: a client that is ended by its welcome is not left in the application", async () => {
  await using driver = new ConnectionDriver();
  const app = new App({
    welcome(client) {
      client.terminate();
      return {};
    },
  });
  driver.open({ handler: (connection) => openApp(app, connection) });
  await settle();
  assertEquals(app.size, 0);
});

Deno.test("hostile 135: a close handler runs when the call that has led to it is over", async () => {
  await using driver = new ConnectionDriver();
  const order: string[] = [];
  const driven = driver.open();
  const other = driver.open();
  driven.connection.on("close", () => {
    order.push("first");
    other.connection.terminate();
    order.push("first is done");
  });
  other.connection.on("close", () => void order.push("second"));
  driven.connection.terminate();
  assertEquals([order, driven.connection.state], [[], "closed"]);
  await settle();
  assertEquals(order, ["first", "first is done", "second"]);
});

Deno.test("SocketConnection delivers no message and no drain between its end and the report of it", async () => {
  await using driver = new ConnectionDriver({ highWaterMark: 10 });
  const notes: string[] = [];
  function note(connection: Connection): void {
    connection.on("message", () => connection.terminate());
    connection.on("message", () => void notes.push("message"));
    connection.on("drain", () => void notes.push("drain"));
    connection.on("ping", () => void notes.push("ping"));
    connection.send("x".repeat(100));
  }
  const driven = driver.open({ handler: note });
  await driven.write(
    Uint8Array.of(0x81, 0x80, 0, 0, 0, 0),
    Uint8Array.of(0x89, 0x80, 0, 0, 0, 0),
  );
  assertEquals([notes.filter((name) => name !== "drain"), driven.closes.length], [[], 1]);
});
