/** What does and does not compile with an App: each expected error is one that the compiler finds. */

import { App, type Client, type PresenceUpdate } from "@hawser/ws";
import { assertEquals, assertRejects } from "@std/assert";
import { assertType, type IsExact } from "@std/testing/types";
import * as v from "valibot";
import * as z from "zod";
import { connect } from "../support/clients.ts";

interface ClientEvents {
  rename: { name: string };
  move: { x: number; y: number };
  ping: undefined;
}

interface ServerEvents {
  renamed: { id: string; name: string };
  moved: { x: number; y: number; seq: number };
  "presence:update": PresenceUpdate;
}

interface Sailor {
  sub: string;
  rank: number;
}

type SailorApp = App<ClientEvents, ServerEvents, Sailor>;

function makeApp(): SailorApp {
  return new App({ identify: () => ({ sub: "ada", rank: 1 }) });
}

Deno.test("App.on() knows the data of events by their names", () => {
  const app = makeApp();
  app.on("rename", (_client, data) => {
    assertType<IsExact<typeof data, { name: string }>>(true);
  });
  // @ts-expect-error: there is no such event
  app.on("renam", () => {});
  // @ts-expect-error: the data has no such field
  app.on("move", (_client, { z }) => z);
  // @ts-expect-error: a server's event is none of a client's
  app.on("renamed", () => {});
  // @ts-expect-error: there is no such event
  app.off("renam");
  assertEquals(app.size, 0);
});

Deno.test("App.on() infers the data from a valibot schema", async () => {
  const app = makeApp();
  const schema = v.object({ name: v.pipe(v.string(), v.trim(), v.minLength(1)) });
  app.on("rename", schema, (client, data) => {
    assertType<IsExact<typeof data, { name: string }>>(true);
    return [data.name, client.user.rank];
  });
  // @ts-expect-error: the schema makes something else than the event holds
  app.on("move", v.object({ x: v.string(), y: v.number() }), () => {});
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "rename", data: { name: " bob " } });
  await connection.receiveJson({ id: "2", event: "rename", data: { name: " " } });
  const [good, bad] = connection.take();
  assertEquals([good.data, bad.error.code], [["bob", 1], "INVALID_MESSAGE"]);
});

Deno.test("App.on() infers the data from a zod schema, which may narrow it", async () => {
  const app = makeApp();
  const schema = z.object({ x: z.number(), y: z.number().int(), z: z.number().default(7) });
  app.on("move", schema, (_client, data) => {
    assertType<IsExact<typeof data, { x: number; y: number; z: number }>>(true);
    return data.z;
  });
  // @ts-expect-error: the schema does not know all of the event
  makeApp().on("move", z.object({ x: z.number() }), () => {});
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "move", data: { x: 1, y: 2 } });
  await connection.receiveJson({ id: "2", event: "move", data: { x: 1, y: 2.5 } });
  const [good, bad] = connection.take();
  assertEquals([good.data, bad.error.code], [7, "INVALID_MESSAGE"]);
});

Deno.test("App, Target and Client emit the server's events only, with their data", () => {
  const app = makeApp();
  app.emit("renamed", { id: "1", name: "ada" });
  app.to("deck").except("1").toUser("ada").volatile.local.emit("moved", { x: 1, y: 2, seq: 3 });
  // @ts-expect-error: a client's event is none of a server's
  app.emit("rename", { name: "ada" });
  // @ts-expect-error: the id is missing
  app.emit("renamed", { name: "ada" });
  // @ts-expect-error: x is no number
  app.to("deck").emit("moved", { x: "1", y: 2, seq: 3 });
  // @ts-expect-error: there is no such event
  app.toUser("ada").emit("move", { x: 1, y: 2 });
  // @ts-expect-error: the status is neither online nor offline
  app.broadcast.emit("presence:update", { userId: "ada", status: "away" });
  const [client] = app.in("deck").clients();
  // @ts-expect-error: the id is missing
  client?.emit("renamed", { name: "ada" });
  // @ts-expect-error: there is no such event
  client?.broadcast.emit("rename", { name: "ada" });
  assertEquals(app.in("deck").count, 0);
});

Deno.test("App.publish() takes the data without its seq", async () => {
  const app = makeApp();
  assertEquals((await app.publish("deck", "moved", { x: 1, y: 2 })).seq, 1);
  // @ts-expect-error: y is missing
  assertEquals((await app.publish("deck", "moved", { x: 1 })).seq, 2);
});

Deno.test("emitWithAck() knows the events, but not what a client answers", async () => {
  const app = makeApp();
  const answers = await app.to("deck").emitWithAck("renamed", { id: "1", name: "ada" });
  assertType<IsExact<typeof answers, unknown[]>>(true);
  assertEquals(answers, []);
  // @ts-expect-error: the name is missing
  assertEquals(await app.emitWithAck("renamed", { id: "1" }), []);
  await assertRejects(() => {
    // @ts-expect-error: there is no such option
    return app.emitWithAck("renamed", { id: "1", name: "" }, { retries: 1 });
  }, TypeError);
});

Deno.test("Client.user has the application's type, and a namespace its own types", () => {
  const app = makeApp();
  app.onConnect((client) => {
    assertType<IsExact<typeof client, Client<ServerEvents, Sailor>>>(true);
    // @ts-expect-error: a sailor has no such field
    assertEquals(client.user.wage, undefined);
  });
  const admin = app.of<{ restart: { at: number } }, ServerEvents, { key: string }>("/admin", {
    identify: () => ({ key: "k" }),
  });
  admin.on("restart", (client, { at }) => [client.user.key, at]);
  // @ts-expect-error: an event of the application is none of the namespace's
  admin.on("rename", () => {});
  // @ts-expect-error: the user of the application is another
  app.of<ClientEvents, ServerEvents, Sailor>("/other", { identify: () => ({ key: "k" }) });
  connect(app);
  assertEquals([app.size, admin.size], [1, 0]);
});

Deno.test("App without types takes any events, as data that is unknown", () => {
  const app = new App();
  app.on("anything", (_client, data) => {
    assertType<IsExact<typeof data, unknown>>(true);
  });
  app.emit("whatever", [1, "two"]);
  assertEquals(app.size, 0);
});
