/** Types of an App: each expected error is one that the compiler finds. */

import {
  type AnyEvents,
  App,
  type Client,
  type EventAnswers,
  type EventData,
  type EventResults,
  type PresenceUpdate,
} from "@hawser/ws";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { assertType, type IsExact } from "@std/testing/types";
import { testClient } from "@hawser/ws/testing";
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
  moved: { x: number; y: number };
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

interface Meeting {
  at: string;
  place?: string | undefined;
}

Deno.test("App.on() takes a schema whose output differs from its input", async () => {
  const app = new App<{ meet: (meeting: Meeting) => number; plain: Meeting }, object>();
  const meeting = v.object({
    at: v.pipe(v.string(), v.isoTimestamp(), v.transform((text) => new Date(text))),
    place: v.optional(v.string(), "deck"),
  });
  app.on("meet", meeting, (_client, data) => {
    assertType<IsExact<typeof data, { at: Date; place: string }>>(true);
    return data.at.getTime();
  });
  app.on("plain", z.object({ at: z.coerce.string(), place: z.string().optional() }), () => {});
  // @ts-expect-error: clients send a text, and this wants a number
  app.off("plain").on("plain", z.object({ at: z.number().transform(String) }), () => {});
  // @ts-expect-error: the answer is a number
  app.off("meet").on("meet", meeting, (_client, { place }) => place);
  app.off("meet").on("meet", meeting, (_client, { at }) => at.getTime());
  const { connection } = connect(app);
  const data = { at: "1970-01-01T00:00:01Z" };
  await connection.receiveJson({ id: "1", event: "meet", data });
  assertEquals(connection.take(), [{ ack: "1", data: 1_000 }]);
});

Deno.test("App, Target and Client emit the server's events only, with their data", () => {
  const app = makeApp();
  app.emit("renamed", { id: "1", name: "ada" });
  app.to("deck").except("1").toUser("ada").volatile.local.emit("moved", { x: 1, y: 2 });
  // @ts-expect-error: a client's event is none of a server's
  app.emit("rename", { name: "ada" });
  // @ts-expect-error: the id is missing
  app.emit("renamed", { name: "ada" });
  // @ts-expect-error: x is no number
  app.to("deck").emit("moved", { x: "1", y: 2 });
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

Deno.test("App.publish() takes the data of its event", async () => {
  const app = makeApp();
  assertEquals((await app.publish("deck", "moved", { x: 1, y: 2 })).seq, 1);
  // @ts-expect-error: y is missing
  assertEquals((await app.publish("deck", "moved", { x: 1 })).seq, 2);
});

type Entry = { kind: "text"; text: string } | { kind: "image"; url: string; width: number };

Deno.test("App.publish() takes each member of a union", async () => {
  const app = new App<object, { entry: Entry }>();
  await app.publish("log", "entry", { kind: "text", text: "Set sail" });
  await app.publish("log", "entry", { kind: "image", url: "/a.png", width: 3 });
  // @ts-expect-error: a text has no width
  await app.publish("log", "entry", { kind: "text", text: "Set sail", width: 3 });
  // @ts-expect-error: an image has a width
  const { seq } = await app.publish("log", "entry", { kind: "image", url: "/a.png" });
  assertEquals(seq, 4);
});

// ----- Acknowledgements -----

interface Note {
  id: number;
  text: string;
}

/** Each way to write an event: its data, a function, and as Socket.IO's types have it. */
interface Asking {
  plain: { x: number };
  add: (data: { text: string }) => Note;
  remove: (data: { id: number }) => Promise<"removed" | "unknown">;
  rename: (data: Note, callback: (answer: { was: string }) => void) => void;
  list: (callback: (notes: Note[]) => void) => void;
  count: () => number;
  ping: () => void;
}

Deno.test("EventData and EventAnswers know events in all of their spellings", () => {
  assertType<
    IsExact<EventData<Asking>, {
      plain: { x: number };
      add: { text: string };
      remove: { id: number };
      rename: Note;
      list: undefined;
      count: undefined;
      ping: undefined;
    }>
  >(true);
  assertType<
    IsExact<EventAnswers<Asking>, {
      plain: unknown;
      add: Note;
      remove: "removed" | "unknown";
      rename: { was: string };
      list: Note[];
      count: number;
      ping: undefined;
    }>
  >(true);
  assertType<IsExact<EventResults<Asking>["ping"], void>>(true);
  assertType<IsExact<EventData<AnyEvents>, Record<string, unknown>>>(true);
  assertType<IsExact<EventAnswers<AnyEvents>, Record<string, unknown>>>(true);
});

Deno.test("App.on() knows by what an event is acknowledged", async () => {
  const app = new App<Asking, object>();
  app.on("add", (_client, data) => {
    assertType<IsExact<typeof data, { text: string }>>(true);
    return { id: 1, ...data };
  });
  app.on(
    "remove",
    v.object({ id: v.number() }),
    (_client, { id }) => id === 1 ? "removed" : "unknown",
  );
  app.on("rename", async (_client, data) => {
    assertType<IsExact<typeof data, Note>>(true);
    return await Promise.resolve({ was: data.text });
  });
  app.on("plain", () => "whatever");
  app.off("plain");
  // @ts-expect-error: the answer has no text
  app.on("plain", () => 1).off("add").on("add", () => ({ id: 1 }));
  // @ts-expect-error: the answer is none of the two
  app.on("list", () => []).off("remove").on("remove", () => "gone");
  app.off("add").on("add", (_client, { text }) => ({ id: 2, text }));
  const { connection } = connect(app);
  await connection.receiveJson({ id: "1", event: "add", data: { text: "hi" } });
  assertEquals(connection.take(), [{ ack: "1", data: { id: 2, text: "hi" } }]);
});

Deno.test("emitWithAck() knows what clients answer, where their events say it", async () => {
  const app = new App<object, Asking>();
  const { connection, id } = connect(app);
  const asking = app.client(id)!.emitWithAck("add", { text: "hi" });
  assertType<IsExact<typeof asking, Promise<Note>>>(true);
  const [{ id: ack, data }] = connection.take();
  assertEquals(data, { text: "hi" });
  await connection.receiveJson({ ack, data: { id: 1, text: "hi" } });
  assertEquals((await asking).id, 1);
  const all = app.to("nobody").emitWithAck("remove", { id: 1 });
  assertType<IsExact<typeof all, Promise<("removed" | "unknown")[]>>>(true);
  const counts = app.except(id).emitWithAck("count", undefined);
  assertType<IsExact<typeof counts, Promise<number[]>>>(true);
  // @ts-expect-error: the data is no function
  assertThrows(() => app.emit("add", () => ({ id: 1, text: "" })), TypeError, "is a function");
  // @ts-expect-error: the text is missing
  assertEquals(await app.to("nobody").emitWithAck("add", {}), []);
  assertEquals(await Promise.all([all, counts]), [[], []]);
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

Deno.test("App with a type of users must be told who they are", () => {
  const sailor = { sub: "ada", rank: 1 };
  const verify = () => Promise.resolve({ user: sailor });
  const apps = [
    new App<ClientEvents, ServerEvents, Sailor>({ identify: () => sailor }),
    new App<ClientEvents, ServerEvents, Sailor>({ auth: { verify }, rateLimit: false }),
    new App<ClientEvents, ServerEvents, Sailor>({ auth: { verify: { verify }, mode: "before" } }),
    new App<ClientEvents, ServerEvents, Sailor>({ auth: { verify: () => ({ user: sailor }) } }),
    new App<ClientEvents, ServerEvents>({ rateLimit: false }),
    new App<ClientEvents, ServerEvents>(),
    new App<ClientEvents, ServerEvents, Sailor | undefined>(),
  ];
  // @ts-expect-error: nobody says who a client is
  apps.push(new App<ClientEvents, ServerEvents, Sailor>());
  // @ts-expect-error: nobody says who a client is
  apps.push(new App<ClientEvents, ServerEvents, Sailor>({ rateLimit: false }));
  // @ts-expect-error: that is no sailor
  apps.push(new App<ClientEvents, ServerEvents, Sailor>({ identify: () => ({ sub: "ada" }) }));
  // @ts-expect-error: that is no sailor
  apps.push(new App<ClientEvents, ServerEvents, Sailor>({ auth: { verify: () => ({ user: 1 }) } }));
  const inferred = new App({ identify: () => sailor });
  assertType<IsExact<typeof inferred, App<AnyEvents, AnyEvents, Sailor>>>(true);
  const verified = new App({ auth: { verify: { verify }, mode: "either" } });
  assertType<IsExact<typeof verified, App<AnyEvents, AnyEvents, Sailor>>>(true);
  const looked = new App({
    auth: { verify: (token) => token === "" ? undefined : { user: sailor } },
  });
  assertType<IsExact<typeof looked, App<AnyEvents, AnyEvents, Sailor>>>(true);
  // A namespace has its users from its application, where it does not say.
  assertEquals(apps[0]!.of<ClientEvents, ServerEvents, Sailor>("/deck").size, 0);
  assertEquals(apps.length, 11);
});

interface Remembered {
  notes: number;
  language: "en" | "eo";
}

Deno.test("Client.data may have a type, of which nothing is there at first", () => {
  const app = new App<{ count: null }, ServerEvents, unknown, Remembered>({
    welcome: (client) => ({ language: client.data.language ?? "en" }),
  });
  app.onConnect((client) => {
    client.data.language = "eo";
    assertType<IsExact<typeof client.data.notes, number | undefined>>(true);
    // @ts-expect-error: nobody speaks it
    client.data.language = "fr";
    // @ts-expect-error: there is no such field
    client.data.lang = "en";
  });
  app.on("count", (client) => client.data.notes = (client.data.notes ?? 0) + 1);
  connect(app);
  const [client] = app.broadcast.clients();
  assertType<IsExact<typeof client, Client<ServerEvents, unknown, Remembered> | undefined>>(true);
  assertEquals(new App().broadcast.clients()[0]?.data.anything, undefined);
});

Deno.test("App without types takes any events, as data that is unknown", () => {
  const app = new App();
  app.on("anything", (_client, data) => {
    assertType<IsExact<typeof data, unknown>>(true);
  });
  app.emit("whatever", [1, "two"]);
  assertEquals(app.size, 0);
});

Deno.test("App.on() knows the literals of an answer", async () => {
  const app = new App<{ save(data: { text: string }): { status: "ok" | "full" } }>();
  // Compiles: the handler needs no `as const`.
  app.on("save", (_client, { text }) => {
    if (text.length > 9) return { status: "full" };
    return { status: "ok" };
  });
  await using ada = await testClient(app);
  const { status } = await ada.emitWithAck("save", { text: "a long text" });
  assertType<IsExact<typeof status, "ok" | "full">>(true);
  assertEquals(status, "full");
});
