/** The lifecycle of a client, from its welcome to its end. */

import { assertEquals } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { connect, openApp } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";
import { acceptor } from "../../../server/app/peer.ts";

Deno.test("AppOptions.welcome adds to the first message, but cannot change the id", () => {
  const app = new App({ welcome: () => ({ motd: "ahoy", id: "forged" }) });
  let id = "";
  app.onConnect((client) => void (id = client.id));
  assertEquals(connect(app).id, id);
});

Deno.test("App.onConnect() runs its handlers in order", async () => {
  const app = new App();
  const trace: number[] = [];
  app.onConnect(async () => {
    await Promise.resolve();
    trace.push(1);
  });
  app.onConnect(() => void trace.push(2));
  app.on("note", () => {});
  const { connection } = connect(app);
  await connection.receiveJson({ type: "note" });
  assertEquals(trace, [1, 2]);
});

Deno.test("hostile 96: App.onConnect() closes with 1011 where a handler fails", async () => {
  for (
    const fail of [() => Promise.reject(new Error("no")), () => {
      throw new Error("no");
    }]
  ) {
    const errors: string[] = [];
    const app = new App({ onError: (_error, { event }) => errors.push(event) });
    app.onConnect(fail);
    app.on("note", () => errors.push("handled"));
    const { connection } = connect(app);
    await connection.receiveJson({ type: "note" });
    assertEquals(connection.closedWith, { code: 1011, reason: "Internal error" });
    assertEquals(errors, ["connect"]);
  }
});

Deno.test("hostile 96: a welcome that fails closes with 1011 and leaves nothing behind", () => {
  const app = new App({
    welcome: () => {
      throw new Error("no");
    },
    onError: () => {},
  });
  let ends = 0;
  app.onDisconnect(() => void ends++);
  const connection = new MemoryConnection();
  openApp(app, connection);
  assertEquals(connection.closedWith, { code: 1011, reason: "Internal error" });
  connection.end();
  assertEquals([app.size, ends], [0, 0]);
});

Deno.test("App.onDisconnect() runs once per client, while it is still in its rooms", () => {
  const app = new App();
  const seen: unknown[] = [];
  app.onDisconnect((client, { code }) => void seen.push(code, [...client.rooms]));
  const { connection, id } = connect(app);
  app.client(id)?.join("deck");
  connection.end({ code: 1001, reason: "", wasClean: true });
  connection.end();
  assertEquals(seen, [1001, ["deck"]]);
  assertEquals(app.in("deck").count, 0);
});

Deno.test("App.offConnect() and offDisconnect() remove handlers, also while they run", async () => {
  const app = new App();
  const trace: string[] = [];
  function once(): void {
    trace.push("once");
    app.offConnect(once);
  }
  const ended = () => void trace.push("ended");
  app.onConnect(once).onConnect(() => void trace.push("each"));
  app.onDisconnect(ended).offDisconnect(ended).offDisconnect(ended);
  app.on("note", () => void trace.push("note"));
  for (let i = 0; i < 2; i++) {
    const { connection } = connect(app);
    await connection.receiveJson({ type: "note" });
    connection.end();
  }
  assertEquals(trace, ["once", "each", "note", "each", "note"]);
});

Deno.test("hostile 106: App.onConnect() runs no handler for a client that has gone", async () => {
  const app = new App();
  const trace: string[] = [];
  app.onConnect((client) => {
    trace.push("first");
    client.terminate();
  });
  app.onConnect(() => void trace.push("second"));
  app.onDisconnect(() => void trace.push("gone"));
  connect(app);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(trace, ["first", "gone"]);
});

Deno.test("hostile 106: App.onDisconnect() runs at once when a client leaves in a handler", async () => {
  const app = new App();
  const trace: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  app.onDisconnect(() => void trace.push("gone"));
  app.on("leave", async (client) => {
    client.join("deck");
    await promise;
    client.join("bridge");
    trace.push(client.connected, client.emit("late", {}), [...client.rooms]);
    return "nobody hears it";
  });
  app.on("next", () => void trace.push("next"));
  const { connection } = connect(app);
  connection.receiveAtOnce('{"id":"1","event":"leave"}');
  connection.receiveAtOnce('{"type":"next"}');
  connection.end();
  resolve();
  await promise;
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(trace, ["gone", false, "dropped", ["deck"]]);
  assertEquals([app.in("deck").count, app.in("bridge").count, connection.take()], [0, 0, []]);
});

Deno.test("hostile 135: App.onDisconnect() finds the client in no room, and knows which it was in", () => {
  const app = new App({ identify: () => ({ id: "ada" }) });
  const trace: unknown[] = [];
  app.onDisconnect((client) => {
    trace.push(client.connected, [...client.rooms], client.userId, client.emit("late", {}));
    trace.push(app.size, app.client(client.id), app.to("deck").count, app.toUser("ada").count);
  });
  const { connection, id } = connect(app);
  app.client(id)?.join("deck");
  connection.end();
  assertEquals(trace, [false, ["deck"], "ada", "dropped", 0, undefined, 0, 0]);
});

Deno.test("hostile 96: App.onDisconnect() contains handlers that fail", async () => {
  const errors: string[] = [];
  const app = new App({ onError: (error) => void errors.push((error as Error).message) });
  app.onDisconnect(() => {
    throw new Error("a");
  });
  app.onDisconnect(() => Promise.reject(new Error("b")));
  const { connection, id } = connect(app);
  app.client(id)?.join("deck");
  connection.end();
  await Promise.resolve();
  assertEquals(errors, ["a", "b"]);
  assertEquals([app.size, app.in("deck").count], [0, 0]);
});

Deno.test("hostile 153: an acknowledgement that a client owes is answered INTERNAL, and not reported", async () => {
  const errors: unknown[] = [];
  const app = new App({ onError: (error) => void errors.push(error) });
  app.on("ask", (client) => client.emitWithAck("name?", {}));
  const { connection } = connect(app);
  connection.receiveAtOnce('{"id":"1","event":"ask"}');
  const [{ id }] = connection.take();
  await connection.receiveJson({ ack: id, error: { code: "NO", message: "No" } });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(connection.take(), [
    { ack: "1", error: { code: "INTERNAL", message: "Internal error" } },
  ]);
  connection.receiveAtOnce('{"id":"2","event":"ask"}');
  connection.end();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([errors, app[acceptor].stats!()["/"]?.errors.INTERNAL], [[], 2]);
});
