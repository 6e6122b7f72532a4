/** The application: events with handlers, rooms, and who is connected. */

import { assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { App } from "../../../server/app/app.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import { connect } from "../../support/clients.ts";

Deno.test("App.on() hands the data to the handler behind a schema", async () => {
  const app = new App();
  app.on("note", v.object({ text: v.string() }), (_client, { text }) => text.toUpperCase());
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "note", data: { text: "hi" } });
  await connection.receiveJson({ id: "2", event: "note", data: { text: 5 } });
  await connection.receiveJson({ type: "note" });
  const [good, bad, unasked] = connection.take();
  assertEquals(good, { ack: "1", data: "HI" });
  assertEquals([bad.ack, bad.error.code], ["2", "INVALID_MESSAGE"]);
  assertEquals([unasked.type, unasked.code], ["error", "INVALID_MESSAGE"]);
});

Deno.test("App.on() takes the types of events from the application's type", async () => {
  interface ClientEvents {
    rename: { name: string };
  }
  interface ServerEvents {
    renamed: { name: string };
  }
  const app = new App<ClientEvents, ServerEvents>();
  app.on("rename", (client, { name }) => void client.emit("renamed", { name: name.trim() }));
  const { connection } = connect(app);
  await connection.receiveJson({ type: "rename", name: " ada " });
  assertEquals(connection.take(), [{ type: "renamed", name: "ada" }]);
});

Deno.test("hostile 100: App.on() refuses reserved names, and a client's are answered", async () => {
  const app = new App();
  for (const event of ["auth", "connect", "disconnect", "error", "room:join", "room:leave"]) {
    assertThrows(() => app.on(event, () => {}), TypeError, "reserved");
  }
  const { connection } = connect(app);
  await connection.receiveJson({ type: "disconnect" });
  assertEquals(connection.take(), [
    {
      type: "error",
      code: "INVALID_MESSAGE",
      message: "Event name is reserved",
      event: "disconnect",
    },
  ]);
});

Deno.test("App.off() makes an event unknown, and App.on() sets it anew while clients are there", async () => {
  const app = new App();
  const { connection } = connect(app);
  app.on("note", () => "first");
  app.off("note").off("note").off("nothing");
  await connection.receiveJson({ id: "1", event: "note" });
  app.on("note", () => "second");
  await connection.receiveJson({ id: "2", event: "note" });
  const [unknown, second] = connection.take();
  assertEquals([unknown.error.code, second.data], ["UNKNOWN_EVENT", "second"]);
});

Deno.test("App.off() lets a handler that runs go on", async () => {
  const app = new App();
  app.on("note", async () => {
    app.off("note");
    await Promise.resolve();
    return "done";
  });
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "note" });
  assertEquals(connection.take(), [{ ack: "1", data: "done" }]);
});

Deno.test("hostile 429: App refuses a handler that is no function, where it is added", () => {
  const app = new App();
  const missing = undefined as unknown as () => Promise<void>;
  for (const add of ["use", "onConnect", "onDisconnect", "onJoin", "onLeave", "guard"] as const) {
    assertThrows(
      () => app[add](missing),
      TypeError,
      `the handler of ${add}(): it is not a function`,
    );
  }
});

Deno.test("App answers an unknown event with UNKNOWN_EVENT", async () => {
  const { connection } = connect(new App());
  await connection.receiveJson({ type: "toString" });
  await connection.receiveJson({ id: "1", event: "x".repeat(1_000) });
  assertEquals(connection.take(), [
    {
      type: "error",
      code: "UNKNOWN_EVENT",
      message: "Unknown event: toString",
      event: "toString",
    },
    { ack: "1", error: { code: "UNKNOWN_EVENT", message: `Unknown event: ${"x".repeat(64)}` } },
  ]);
});

Deno.test("App.use() runs around every event, unknown ones too", async () => {
  const app = new App();
  const seen: string[] = [];
  app.use(async ({ event }, next) => {
    seen.push(event);
    await next();
  });
  app.on("note", () => "noted");
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "note" });
  await connection.receiveJson({ type: "nothing" });
  assertEquals(seen, ["note", "nothing"]);
  const [ack, error] = connection.take();
  assertEquals(ack, { ack: "1", data: "noted" });
  assertEquals(error.code, "UNKNOWN_EVENT");
});

Deno.test("App.use() lets a middleware refuse and replace", async () => {
  const app = new App();
  app.use(async (context, next) => {
    if (context.event === "secret") throw new EventError("FORBIDDEN", "Not for you");
    context.data = "replaced";
    await next();
  });
  app.on("note", (_client, data) => data).on("secret", () => "told");
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "note", data: "sent" });
  await connection.receiveJson({ id: "2", event: "secret" });
  assertEquals(connection.take(), [
    { ack: "1", data: "replaced" },
    { ack: "2", error: { code: "FORBIDDEN", message: "Not for you" } },
  ]);
});

Deno.test("App.emit() reaches everybody, App.to() a room, App.except() the others", () => {
  const app = new App();
  const [ada, bob] = [connect(app), connect(app)];
  app.client(ada.id)?.join("deck");
  app.emit("all", {});
  app.to("deck").emit("deck", {});
  app.in("deck").emit("deck", {});
  app.except(ada.id).emit("others", {});
  assertEquals(ada.connection.take().map(({ type }) => type), ["all", "deck", "deck"]);
  assertEquals(bob.connection.take().map(({ type }) => type), ["all", "others"]);
});

Deno.test("App.publish() numbers the messages of a room", async () => {
  const app = new App();
  const { connection, id } = connect(app);
  app.client(id)?.join("deck");
  const first = await app.publish("deck", "note", { text: "a" });
  const second = await app.publish("deck", "note", { text: "b" });
  assertEquals([first.seq, second.seq, first.epoch === second.epoch], [1, 2, true]);
  assertEquals(connection.take(), [
    { type: "note", text: "a", stream: "deck", seq: 1 },
    { type: "note", text: "b", stream: "deck", seq: 2 },
  ]);
});

Deno.test("App.client() finds who is connected", () => {
  const app = new App();
  const { connection, id } = connect(app);
  assertEquals([app.client(id)?.id, app.size], [id, 1]);
  connection.end();
  assertEquals([app.client(id), app.size], [undefined, 0]);
});
