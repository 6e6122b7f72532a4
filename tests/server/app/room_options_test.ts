/** The option `rooms` of an application, and what clients may join by it. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import { checkFields, resolveRoomOptions } from "../../../server/app/room_options.ts";
import type { RateLimitOptions } from "../../../server/app/limits/rate_limit.ts";
import { connect, ManualClock, openApp } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";

Deno.test("resolveRoomOptions() takes a flag, a rule or settings", () => {
  const rule = () => undefined;
  const history = { size: 5 };
  const none = { mayJoin: undefined, joinedFields: undefined, history: {} };
  assertEquals(resolveRoomOptions(false), none);
  assertEquals(resolveRoomOptions(rule), { ...none, mayJoin: rule });
  assertEquals(resolveRoomOptions({ history }), { ...none, history });
  assertEquals(resolveRoomOptions({ join: rule, history }), { ...none, mayJoin: rule, history });
  assertEquals(resolveRoomOptions({ joined: rule }), { ...none, joinedFields: rule });
  assert(resolveRoomOptions(true).mayJoin !== undefined);
  const misspelled: object = { jion: true };
  assertThrows(() => new App({ rooms: misspelled }), TypeError, 'did you mean "join"');
});

Deno.test("checkFields() refuses what is neither an object nor nothing", () => {
  checkFields(undefined);
  checkFields({ motto: "Fair winds" });
  for (const fields of [null, [], "motto", 5, true]) {
    const wrong: unknown = fields;
    assertThrows(() => checkFields(wrong as undefined), TypeError, "option rooms");
  }
});

Deno.test("App without rooms refuses clients that want to join, and names the option", async () => {
  const { connection } = connect(new App());
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  const message = "Clients cannot join rooms by themselves here: the App has no option rooms";
  assertEquals(connection.take(), [
    { roomId: "deck", type: "error", code: "FORBIDDEN", message, event: "room:join" },
  ]);
});

Deno.test("App lets clients join and leave rooms, and says where they stand", async () => {
  const app = new App({ rooms: true });
  const { connection, id } = connect(app);
  const { seq, epoch } = await app.publish("deck", "note", {});
  await connection.receiveJson({ id: "1", event: "room:join", data: { roomId: "deck" } });
  await connection.receiveJson({ type: "room:leave", roomId: "deck" });
  await connection.receiveJson({ id: "2", event: "room:leave", data: "deck" });
  assertEquals(connection.take(), [
    { type: "room:joined", roomId: "deck", seq, epoch, recovered: false },
    { ack: "1", data: { status: "ok" } },
    { type: "room:left", roomId: "deck" },
    { ack: "2", data: { status: "ok" } },
  ]);
  assertEquals(app.client(id)?.rooms.size, 0);
});

Deno.test("App asks its rule about each room, and tells what it returns", async () => {
  const app = new App({
    rooms: async (client, room) => {
      await Promise.resolve();
      if (room === "boat") throw new EventError("FORBIDDEN", "Nobody fits in any more");
      return { count: client.rooms.size };
    },
  });
  const { connection } = connect(app);
  await connection.receiveJson({ type: "room:join", rooms: ["deck", "boat", "bridge"] });
  const answers = connection.take();
  assertEquals(answers.map(({ type, roomId, count }) => [type, roomId, count]).sort(), [
    ["error", "boat", undefined],
    ["room:joined", "bridge", 1],
    ["room:joined", "deck", 0],
  ]);
});

Deno.test("App asks rooms.joined about who is in the room already, before it tells the client", async () => {
  const asked: unknown[] = [];
  const app = new App({
    rooms: {
      join: () => ({ one: 1, two: 1 }),
      joined: async (client, room) => {
        asked.push([room, client.rooms.has(room), connection.take().length]);
        await app.publish(room, "note", { text: "meanwhile" });
        return { two: 2 };
      },
    },
  });
  const { connection } = connect(app);
  const { epoch } = await app.publish("deck", "note", { text: "missed" });
  await connection.receiveJson({ type: "room:join", roomId: "deck", seq: 0, epoch });
  assertEquals(asked, [["deck", true, 0]]);
  const messages = connection.take().map(({ type, text, seq, one, two, recovered }) =>
    type === "note" ? [text, seq] : [type, seq, one, two, recovered]
  );
  const joined = ["room:joined", 2, 1, 2, true];
  assertEquals(messages, [["missed", 1], ["meanwhile", 2], joined]);
});

Deno.test("App takes a client out again about whom rooms.joined fails", async () => {
  const errors: unknown[] = [];
  const wrong: unknown = ["a list"];
  const app = new App({
    rooms: {
      join: true,
      joined: (_client, room) => {
        if (room === "boat") throw new EventError("FORBIDDEN", "Nobody fits in any more");
        return room === "hold" ? wrong as undefined : undefined;
      },
    },
    onError: (error) => void errors.push((error as Error).message),
  });
  const { connection, id } = connect(app);
  await connection.receiveJson({ type: "room:join", rooms: ["boat", "hold", "deck"] });
  const answers = connection.take().filter(({ type }) => type !== "room:left");
  assertEquals(answers.map(({ type, code, roomId }) => [code ?? type, roomId]).sort(), [
    ["FORBIDDEN", "boat"],
    ["INTERNAL", "hold"],
    ["room:joined", "deck"],
  ]);
  assertEquals([...app.client(id)!.rooms], ["deck"]);
  assertEquals(errors, [
    "Cannot join: the option rooms has returned neither an object nor nothing",
  ]);
});

Deno.test("App answers a rule that fails with INTERNAL, and tells onError", async () => {
  const errors: unknown[] = [];
  const wrong: unknown = "Fair winds";
  const app = new App({
    rooms: (_client, room) => {
      if (room === "deck") throw new Error("Database is down");
      if (room === "hold") return { weight: 5n };
      return wrong as undefined;
    },
    onError: (error, { event }) => void errors.push(`${event}: ${(error as Error).message}`),
  });
  const { connection, id } = connect(app);
  await connection.receiveJson({ type: "room:join", rooms: ["deck", "bridge", "hold"] });
  assertEquals(connection.take().map(({ code, roomId }) => `${code} ${roomId}`).sort(), [
    "INTERNAL bridge",
    "INTERNAL deck",
    "INTERNAL hold",
  ]);
  assertEquals(errors.length, 3);
  assertEquals(errors[0], "room:join: Database is down");
  assertEquals([...app.client(id)!.rooms], []);
});

Deno.test("App sends what was missed, then room:joined, then what follows", async () => {
  const app = new App({ rooms: true });
  const since = await app.publish("deck", "note", { n: 1 });
  await app.publish("deck", "note", { n: 2 });
  const { connection } = connect(app);
  const joining = connection.receiveJson({ type: "room:join", roomId: "deck", ...since });
  await app.publish("deck", "note", { n: 3 });
  await joining;
  await app.publish("deck", "note", { n: 4 });
  const got = connection.take().map(({ type, n, seq }) => [type, n ?? seq]);
  const joined = got.findIndex(([type]) => type === "room:joined");
  assertEquals(got.filter(([type]) => type === "note").map(([, n]) => n), [2, 3, 4]);
  assertEquals(got[joined]?.[1], joined + 1);
});

Deno.test("App sends the newest messages to a client that enters, and not twice", async () => {
  const app = new App({ rooms: { join: true, history: { size: 5 } } });
  for (let n = 1; n <= 7; n++) await app.publish("deck", "note", { n });
  const { connection } = connect(app);
  const ask = async (roomId: string, last: number) => {
    await connection.receiveJson({ type: "room:join", roomId, last });
    return connection.take().map(({ type, n, seq, recovered }) =>
      type === "note" ? n : [type, seq, recovered]
    );
  };
  assertEquals(await ask("deck", 3), [5, 6, 7, ["room:joined", 7, false]]);
  assertEquals(await ask("deck", 3), [["room:joined", 7, false]]);
  await connection.receiveJson({ type: "room:leave", roomId: "deck" });
  connection.take();
  assertEquals(await ask("deck", 50), [3, 4, 5, 6, 7, ["room:joined", 7, false]]);
  assertEquals(await ask("bridge", 50), [["room:joined", 0, false]]);
});

Deno.test("App.onJoin() and onLeave() hear of each stay once, however it begins and ends", async () => {
  const app = new App({ rooms: true });
  const trace: string[] = [];
  app.onJoin((client, room) => void trace.push(`+${room} ${client.rooms.has(room)}`));
  app.onLeave((client, room) => void trace.push(`-${room} ${client.rooms.has(room)}`));
  const { connection, id } = connect(app);
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  await app.client(id)!.join("bridge");
  await connection.receiveJson({ type: "room:leave", roomId: "deck" });
  await connection.receiveJson({ type: "room:leave", roomId: "deck" });
  connection.end({ code: 1006, reason: "", wasClean: false });
  assertEquals(trace, ["+deck true", "+bridge true", "-deck true", "-bridge true"]);
});

Deno.test("App tells a client of the rooms that it has asked for, and of no others", async () => {
  const app = new App({ rooms: true });
  const { connection, id } = connect(app);
  await app.client(id)!.join("staff only");
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  connection.take();
  app.in("staff only").leave("staff only");
  app.in("deck").leave("deck");
  assertEquals(connection.take(), [{ type: "room:left", roomId: "deck" }]);
});

Deno.test("hostile 277: App answers a client that is taken out of a room before it is in", async () => {
  const app = new App({ rooms: true });
  app.onJoin((client, room) => client.leave(room));
  const { connection, id } = connect(app);
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  assertEquals(connection.take().map(({ type, code, roomId }) => [type, code, roomId]), [
    ["error", "FORBIDDEN", "deck"],
  ]);
  assertEquals(app.client(id)?.rooms.size, 0);
});

Deno.test("App lets a client have its thousand rooms at once by default, from one message", async () => {
  const { connection } = connect(new App({ rooms: true }));
  const rooms = Array.from({ length: 1_000 }, (_, index) => `room ${index}`);
  await connection.receiveJson({ type: "room:join", rooms });
  assertEquals(connection.take().filter(({ type }) => type === "room:joined").length, 1_000);
});

Deno.test("hostile 272: App bounds how many rooms a client asks for, and says when to go on", async () => {
  const clock = new ManualClock();
  let asked = 0;
  const events = { "room:join": { perSecond: 100, burst: 1_000 } };
  const rateLimit = { perSecond: 1_000, events };
  const app = new App({ clock, rooms: () => void asked++, rateLimit });
  const { connection, id } = connect(app);
  const rooms = Array.from({ length: 800 }, (_, index) => `room ${index}`);
  await connection.receiveJson({ type: "room:join", rooms });
  await connection.receiveJson({ type: "room:leave", rooms });
  connection.take();
  await connection.receiveJson({ id: "1", event: "room:join", data: { rooms } });
  const answers = connection.take();
  const refusal = answers.find(({ type }) => type === "error");
  assertEquals([refusal.code, refusal.event, refusal.retryAfter], [
    "RATE_LIMITED",
    "room:join",
    6,
  ]);
  assertEquals(refusal.roomIds, rooms.slice(200));
  assertEquals(answers.at(-1), { ack: "1", data: { status: "ok" } });
  assertEquals([asked, app.client(id)?.rooms.size], [1_000, 200]);
  clock.pass(6_000);
  await connection.receiveJson({ type: "room:join", rooms: rooms.slice(200) });
  assertEquals(app.client(id)?.rooms.size, 800);
});

Deno.test("hostile 273: App closes a client that goes on asking for rooms over its rate", async () => {
  const clock = new ManualClock();
  let asked = 0;
  const rateLimit = { perSecond: 10, events: { "room:join": { perSecond: 0.1 } } };
  const app = new App({ clock, rooms: () => void asked++, rateLimit });
  const { connection } = connect(app);
  for (let i = 0; i < 400 && connection.closedWith === undefined; i++) {
    clock.pass(50);
    await connection.receiveJson({ type: "room:join", roomId: "deck" });
  }
  assertEquals(connection.closedWith, { code: 1008, reason: "Rate limit exceeded" });
  assert(asked < 10, `${asked}`);
});

Deno.test("App tells the operator which rate keeps a client out of rooms", async () => {
  const told = async (rateLimit: RateLimitOptions, count: number) => {
    const app = new App({ rooms: true, rateLimit });
    const notices: string[] = [];
    const connection = new MemoryConnection();
    openApp(app, connection, { notify: ({ message }) => void notices.push(message) });
    for (let i = 0; i < count; i++) {
      await connection.receiveJson({ type: "room:join", rooms: ["a", "b", "c"] });
    }
    return notices.map((notice) => notice.split(" of the App")[0]);
  };
  assertEquals(await told({ perSecond: 0.1, burst: 1 }, 2), [
    "A message came faster than rateLimit",
  ]);
  assertEquals(await told({ events: { "room:join": { perSecond: 0.1, burst: 2 } } }, 1), [
    'Event "room:join" came faster than rateLimit.events["room:join"]',
  ]);
});

Deno.test("App joins in the order of a client's events", async () => {
  const decision = Promise.withResolvers<void>();
  const app = new App({ rooms: () => decision.promise });
  const trace: unknown[] = [];
  app.on("note", (client) => void trace.push([...client.rooms]));
  const { connection } = connect(app);
  connection.receiveAtOnce(JSON.stringify({ type: "room:join", roomId: "deck" }));
  connection.receiveAtOnce(JSON.stringify({ type: "note" }));
  connection.receiveAtOnce(JSON.stringify({ type: "room:leave", roomId: "deck" }));
  const last = connection.receive(JSON.stringify({ id: "1", event: "note" }));
  assertEquals(trace, []);
  decision.resolve();
  await last;
  assertEquals(trace, [["deck"], []]);
});
