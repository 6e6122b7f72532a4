/** The JSON wire: how an application's events are written as JSON text over WebSocket. */

import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { acceptor, type PeerAcceptor } from "../../../../server/app/peer.ts";
import { connect, openApp } from "../../../support/clients.ts";
import { MemoryConnection } from "../../../support/memory_connection.ts";

Deno.test("hostile 116: openJson() welcomes with a random id as the first message", () => {
  const app = new App();
  app.onConnect((client) => void client.emit("hello", { to: client.id }));
  const ids = Array.from({ length: 3 }, () => {
    const connection = new MemoryConnection();
    openApp(app, connection);
    const [welcome, hello] = connection.take();
    assertEquals(welcome.type, "welcome");
    assertMatch(welcome.id, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assertEquals(hello, { type: "hello", to: welcome.id });
    return welcome.id;
  });
  assertEquals(new Set(ids).size, 3);
});

Deno.test("openJson() answers an event with its acknowledgement", async () => {
  const app = new App();
  app.on("add", (_client, data) => Number(data) + 1);
  const { connection } = connect(app);
  await connection.receive('{"id":"a1","event":"add","data":1}');
  assertEquals(connection.take(), [{ ack: "a1", data: 2 }]);
});

Deno.test("openJson() says nothing to an event that wants no acknowledgement", async () => {
  const app = new App();
  app.on("add", () => 2);
  const { connection } = connect(app);
  await connection.receive('{"type":"add"}');
  assertEquals(connection.take(), []);
});

Deno.test("openJson() answers what is no event, and stays open", async () => {
  const { connection } = connect(new App());
  await connection.receive("hello");
  await connection.receive("{}");
  await connection.receive(new Uint8Array([1, 2]));
  assertEquals(connection.take(), [
    { type: "error", code: "PARSE_ERROR", message: "Invalid JSON" },
    { type: "error", code: "INVALID_MESSAGE", message: "Message must have a type field" },
    { type: "error", code: "INVALID_MESSAGE", message: "Message must be text" },
  ]);
  assertEquals(connection.state, "open");
});

Deno.test("hostile 103: openJson() ignores acknowledgements that nobody asked for", async () => {
  const { connection } = connect(new App());
  await connection.receive('{"ack":"unknown","data":1}');
  assertEquals(connection.take(), []);
});

Deno.test("openJson() prepares a broadcast once for all members", () => {
  const app = new App();
  const connections = Array.from({ length: 3 }, () => connect(app).connection);
  app.emit("tick", { at: 1 });
  const [first, ...others] = connections.map(({ sentPrepared }) => sentPrepared[0]);
  assert(first !== undefined);
  for (const other of others) assertStrictEquals(other, first);
  assertEquals(connections[2]?.take(), [{ type: "tick", at: 1 }]);
});

Deno.test("openJson() reports the end of a connection", () => {
  const app = new App();
  const ends: number[] = [];
  app.onDisconnect((_client, close) => void ends.push(close.code));
  const { connection } = connect(app);
  connection.end({ code: 1001, reason: "", wasClean: true });
  assertEquals(ends, [1001]);
  assertEquals(app.size, 0);
});

Deno.test("hostile 106: openJson() leaves no ghost when a client ends while it connects", () => {
  const app = new App();
  app.onConnect((client) => {
    client.join("deck");
    client.terminate();
    client.join("bridge");
  });
  let ends = 0;
  app.onDisconnect(() => void ends++);
  connect(app);
  assertEquals([app.size, app.in("deck").count, app.in("bridge").count, ends], [0, 0, 0, 1]);
});

Deno.test("openJson() hands request, address and data of the connection through", async () => {
  const app = new App<{ who: unknown }>();
  app.on("who", (client) => [client.request.url, client.remoteAddress, client.user]);
  const { connection } = connect(app, { url: "http://localhost/ws?a=1", data: "ada" });
  await connection.receive('{"id":"a","event":"who"}');
  assertEquals(connection.take(), [{
    ack: "a",
    data: ["http://localhost/ws?a=1", "192.0.2.1", "ada"],
  }]);
});

Deno.test("hostile 127: openJson() reads nothing that its session does not want read", async () => {
  const reported: string[] = [];
  const sizes: number[] = [];
  const peers: PeerAcceptor = {
    accept: () => ({
      open() {},
      mayRead: (size) => sizes.push(size) > 1,
      event: ({ event }) => void reported.push(event),
      join: () => void reported.push("join"),
      leave: () => void reported.push("leave"),
      auth: () => void reported.push("auth"),
      malformed: () => void reported.push("malformed"),
      answered: () => void reported.push("answered"),
      closed() {},
    }),
  };
  const connection = new MemoryConnection();
  openApp({ [acceptor]: peers }, connection);
  await connection.receive('{"type":"first"}');
  await connection.receive('{"type":"second"}');
  await connection.receive(new Uint8Array(5));
  assertEquals([reported, sizes], [["second", "malformed"], [16, 17, 5]]);
});
