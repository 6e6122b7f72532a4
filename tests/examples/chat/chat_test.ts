/** The chat: guests meet in rooms and write to each other. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ChatApp, createChat } from "../../../examples/chat/chat.ts";
import { ManualClock, openApp } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";

interface Visitor {
  connection: MemoryConnection;
  userId: string;
  name: string;
}

/** Connects, and enters a room where one is given. */
async function enter(app: ChatApp, name: string, roomId?: string): Promise<Visitor> {
  const url = `http://localhost/ws?name=${encodeURIComponent(name)}`;
  const connection = new MemoryConnection({ url });
  openApp(app, connection);
  const [welcome] = connection.take();
  if (roomId !== undefined) {
    await connection.receiveJson({ type: "room:join", roomId });
    connection.take();
  }
  return { connection, userId: welcome.userId, name: welcome.name };
}

async function enterTwo(
  app = createChat({ rate: 0 }),
): Promise<[ada: Visitor, bob: Visitor, app: ChatApp]> {
  const ada = await enter(app, "Ada", "deck");
  const bob = await enter(app, "Bob", "deck");
  ada.connection.take();
  return [ada, bob, app];
}

Deno.test("createChat() welcomes a guest by name", async () => {
  const { userId, name } = await enter(createChat(), "  Ada\u0007 ");
  assertMatch(userId, /^guest-[0-9a-f]{32}$/);
  assertEquals(name, "Ada");
});

Deno.test("createChat() tells the newcomer who is there, and the others of the newcomer", async () => {
  const app = createChat();
  const ada = await enter(app, "Ada", "deck");
  const bob = await enter(app, "Bob");
  await bob.connection.receiveJson({ type: "room:join", roomId: "deck" });
  const [joined, ...more] = bob.connection.take();
  const guests = [ada, bob].map(({ userId, name }) => ({ userId, name }));
  assertMatch(joined.epoch, /^[\w.~-]{8,64}$/);
  assertEquals(joined, {
    type: "room:joined",
    roomId: "deck",
    seq: 0,
    epoch: joined.epoch,
    recovered: false,
    members: guests,
  });
  assertEquals(more, []);
  assertEquals(ada.connection.take(), [
    { type: "presence:update", userId: bob.userId, status: "online" },
    { type: "user:joined", ...guests[1], roomId: "deck" },
  ]);
});

Deno.test("createChat() does not announce who is there already", async () => {
  const [ada, bob] = await enterTwo();
  await bob.connection.receiveJson({ id: "1", event: "room:join", data: { roomId: "deck" } });
  const [joined, ack] = bob.connection.take();
  assertEquals([joined.type, ack], ["room:joined", { ack: "1", data: { status: "ok" } }]);
  assertEquals(ada.connection.take(), []);
});

Deno.test("createChat() lists no more than a hundred members", async () => {
  const app = createChat();
  for (let i = 0; i < 110; i++) await enter(app, "Ada", "deck");
  const { connection } = await enter(app, "Bob");
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  const joined = connection.take().find(({ type }) => type === "room:joined");
  assertEquals(joined.members.length, 100);
});

Deno.test("createChat() tells the others of who leaves, by event or by ending", async () => {
  const [ada, bob, app] = await enterTwo();
  const left = { type: "user:left", userId: bob.userId, name: "Bob", roomId: "deck" };
  await bob.connection.receiveJson({ type: "room:leave", roomId: "deck" });
  await bob.connection.receiveJson({ type: "room:leave", roomId: "deck" });
  assertEquals(ada.connection.take(), [left]);
  await bob.connection.receiveJson({ type: "room:join", roomId: "deck" });
  ada.connection.take();
  bob.connection.end({ code: 1006, reason: "", wasClean: false });
  assertEquals(ada.connection.take(), [left]);
  assertEquals(app.in("deck").count, 1);
});

Deno.test("createChat() sends a message to the whole room with id, time and number", async () => {
  const [ada, bob] = await enterTwo();
  const before = Math.floor(Date.now() / 1000);
  await ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content: "<ahoy>" });
  await ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content: "again" });
  const [first, second, ...more] = bob.connection.take();
  assert(first.ts >= before && first.ts <= Date.now() / 1000);
  assertEquals(first, {
    type: "chat:message",
    id: first.id,
    userId: ada.userId,
    name: "Ada",
    content: "<ahoy>",
    ts: first.ts,
    roomId: "deck",
    stream: "deck",
    seq: 1,
  });
  assertEquals([second.seq, second.id > first.id, more.length], [2, true, 0]);
  assertEquals(ada.connection.take(), [first, second]);
});

Deno.test("createChat() acknowledges message:send, in one stream with chat:message", async () => {
  const [ada, bob] = await enterTwo();
  await ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content: "one" });
  const data = { roomId: "deck", content: "two" };
  await ada.connection.receiveJson({ id: "a1", event: "message:send", data });
  const [one, two] = bob.connection.take();
  assertEquals([one.type, one.seq], ["chat:message", 1]);
  assertEquals([two.type, two.seq, two.content], ["message:new", 2, "two"]);
  assertEquals(ada.connection.take(), [one, two, { ack: "a1", data: { status: "ok" } }]);
});

Deno.test("createChat() sends a returning guest what was missed, or says that it cannot", async () => {
  const [ada, bob] = await enterTwo();
  await ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content: "one" });
  await bob.connection.receiveJson({ type: "room:join", roomId: "deck" });
  const { seq, epoch } = bob.connection.take().at(-1);
  const back = { type: "room:join", roomId: "deck" };
  const positions = [{ seq, epoch }, { seq: seq - 1, epoch }, { seq, epoch: "other" }, { seq }];
  for (const position of positions) await bob.connection.receiveJson({ ...back, ...position });
  const answers = bob.connection.take().map(({ content, recovered }) => content ?? recovered);
  assertEquals(answers, [true, "one", true, false, false]);
});

Deno.test("createChat() sends what was missed before room:joined, and the rest after it", async () => {
  const [ada, bob] = await enterTwo();
  const write = (type: string, content: string) =>
    ada.connection.receiveJson({ type, roomId: "deck", content });
  const epoch = await epochOf(bob.connection);
  await write("chat:message", "one");
  await bob.connection.receiveJson({ type: "room:leave", roomId: "deck" });
  await write("chat:message", "two");
  await write("message:send", "three");
  const [, , two, three] = ada.connection.take();
  bob.connection.take();
  await bob.connection.receiveJson({ type: "room:join", roomId: "deck", seq: 1, epoch });
  await write("chat:message", "four");
  const [missed, alsoMissed, ...rest] = bob.connection.take();
  assertEquals([missed, alsoMissed], [two, three]);
  // Messages that are written meanwhile arrive before or after the answer, which tells which.
  const before = rest.findIndex(({ type }) => type === "room:joined");
  const [joined] = rest.splice(before, 1);
  assertEquals([joined.seq, joined.epoch, joined.recovered], [3 + before, epoch, true]);
  assertEquals(rest.map(({ seq, content }) => [seq, content]), [[4, "four"]]);
});

Deno.test("createChat() keeps as much as it is told", async () => {
  const [ada, bob] = await enterTwo(createChat({ rate: 0, history: { size: 2 } }));
  const epoch = await epochOf(bob.connection);
  for (let i = 0; i < 5; i++) {
    await ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content: `${i}` });
  }
  bob.connection.take();
  for (const seq of [2, 3]) {
    await bob.connection.receiveJson({ type: "room:join", roomId: "deck", seq, epoch });
  }
  assertEquals(bob.connection.take().map(({ seq, recovered }) => [seq, recovered]), [
    [5, false],
    [4, undefined],
    [5, undefined],
    [5, true],
  ]);
});

/** Joins a room to learn its epoch. */
async function epochOf(connection: MemoryConnection): Promise<string> {
  await connection.receiveJson({ type: "room:join", roomId: "deck" });
  return connection.take().find(({ type }) => type === "room:joined").epoch;
}

Deno.test("createChat() passes typing on to the others", async () => {
  const [ada, bob] = await enterTwo();
  await ada.connection.receiveJson({ type: "typing:start", roomId: "deck" });
  assertEquals(ada.connection.take(), []);
  assertEquals(bob.connection.take(), [
    { type: "user:typing", userId: ada.userId, name: "Ada", roomId: "deck" },
  ]);
});

Deno.test("createChat() passes a private message on to a client or to a user", async () => {
  const [ada, bob, app] = await enterTwo();
  const eve = await enter(app, "Eve", "deck");
  for (const { connection } of [ada, bob]) connection.take();
  const [bobId] = app.toUser(bob.userId).clients().map(({ id }) => id);
  for (const [index, to] of [bobId, bob.userId].entries()) {
    const data = { to, content: "psst" };
    await ada.connection.receiveJson({ id: `${index}`, event: "message:private", data });
    const [{ ts, ...message }] = bob.connection.take();
    assert(Math.abs(ts - Date.now() / 1000) < 10);
    const [from] = app.toUser(ada.userId).clients().map(({ id }) => id);
    const expected = { type: "message:private", from, fromUser: ada.userId, content: "psst" };
    assertEquals(message, expected);
    assertEquals(ada.connection.take(), [{ ack: `${index}`, data: { status: "ok" } }]);
  }
  assertEquals(eve.connection.take(), []);
});

Deno.test("createChat() answers FORBIDDEN to a private message to nobody, or to a room", async () => {
  const [ada, bob] = await enterTwo();
  for (const to of ["nobody", "deck", "__proto__", ""]) {
    await ada.connection.receiveJson({ type: "message:private", to, content: "psst" });
  }
  const event = "message:private";
  const error = { type: "error", code: "FORBIDDEN", message: "Nobody of this id is here", event };
  assertEquals(ada.connection.take(), Array(4).fill(error));
  for (const data of [{ to: 5, content: "psst" }, { to: bob.userId, content: "" }, {}]) {
    await ada.connection.receiveJson({ type: "message:private", ...data });
  }
  assertEquals(ada.connection.take().map(({ code }) => code), Array(3).fill("INVALID_MESSAGE"));
  assertEquals(bob.connection.take(), []);
});

Deno.test("hostile 151: createChat() lets nobody have what was meant for a guest who has gone", async () => {
  const [ada, bob, app] = await enterTwo();
  bob.connection.end();
  const strangers = [];
  for (let i = 0; i < 2_000; i++) {
    const stranger = await enter(app, "Bob");
    if (i % 10 === 0) strangers.push(stranger.connection);
    else stranger.connection.end();
  }
  ada.connection.take();
  await ada.connection.receiveJson({ type: "message:private", to: bob.userId, content: "psst" });
  assertEquals(ada.connection.take().map(({ code }) => code), ["FORBIDDEN"]);
  for (const connection of strangers) {
    assert(connection.take().every(({ type }) => type !== "message:private"));
  }
});

Deno.test("createChat() tells the others who comes online and goes offline", async () => {
  const clock = new ManualClock();
  const app = createChat({ clock });
  const ada = await enter(app, "Ada", "deck");
  const bob = await enter(app, "Bob", "bridge");
  const update = { type: "presence:update", userId: bob.userId };
  assertEquals(ada.connection.take(), [{ ...update, status: "online" }]);
  bob.connection.end();
  clock.pass(5_000);
  await Promise.resolve();
  assertEquals(ada.connection.take(), [{ ...update, status: "offline" }]);
  assertEquals(bob.connection.take(), []);
});

Deno.test("createChat() lets only members write into a room", async () => {
  const [ada, bob] = await enterTwo();
  const message = { roomId: "bridge", content: "hi" };
  await ada.connection.receiveJson({ type: "chat:message", ...message });
  await ada.connection.receiveJson({ id: "1", event: "message:send", data: message });
  await ada.connection.receiveJson({ type: "typing:start", roomId: "bridge" });
  const error = { code: "FORBIDDEN", message: "Not in this room" };
  assertEquals(ada.connection.take(), [
    { type: "error", ...error, event: "chat:message" },
    { ack: "1", error },
    { type: "error", ...error, event: "typing:start" },
  ]);
  assertEquals(bob.connection.take(), []);
});

Deno.test("createChat() takes content of 1 to 4000 characters", async () => {
  const [ada, bob] = await enterTwo();
  const send = (content: unknown) =>
    ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content });
  await send("x".repeat(4_000));
  assertEquals(ada.connection.take().map(({ type }) => type), ["chat:message"]);
  await send("x".repeat(4_001));
  await send("");
  const message = "content: Must have 1 to 4000 characters";
  const error = { type: "error", code: "INVALID_MESSAGE", message, event: "chat:message" };
  assertEquals(ada.connection.take(), [error, error]);
  for (const content of [5, null, {}, ["x"], undefined]) await send(content);
  const codes = ada.connection.take().map(({ code }) => code);
  assertEquals(codes, Array(5).fill("INVALID_MESSAGE"));
  assertEquals(bob.connection.take().length, 1);
});

Deno.test("hostile 105: createChat() answers room names that are empty, long or no string", async () => {
  const { connection } = await enter(createChat({ rate: 0 }), "Ada");
  for (const roomId of ["", "x".repeat(257), 5, null, {}, undefined]) {
    await connection.receiveJson({ type: "room:join", roomId });
  }
  assertEquals(connection.take().map(({ code }) => code), Array(6).fill("INVALID_MESSAGE"));
});

Deno.test("hostile 105: createChat() answers the room after the thousandth with FORBIDDEN", async () => {
  const { connection } = await enter(createChat({ rate: 0 }), "Ada");
  for (let i = 0; i <= 1_000; i++) {
    await connection.receiveJson({ type: "room:join", roomId: `room ${i}` });
  }
  assertEquals(connection.take().at(-1), {
    roomId: "room 1000",
    type: "error",
    code: "FORBIDDEN",
    message: "Too many rooms",
    event: "room:join",
  });
});

Deno.test("hostile 98: createChat() takes __proto__ as the name of a room", async () => {
  const app = createChat();
  const ada = await enter(app, "__proto__", "__proto__");
  await enter(app, "constructor", "constructor");
  ada.connection.take();
  await ada.connection.receiveJson({ type: "chat:message", roomId: "__proto__", content: "hi" });
  assertEquals(ada.connection.take().map(({ content }) => content), ["hi"]);
});

Deno.test("hostile 108: createChat() recovers nothing from a position that cannot be", async () => {
  const [ada, { connection }] = await enterTwo();
  const epoch = await epochOf(connection);
  await connection.receiveJson({ type: "room:join", roomId: "bridge" });
  const elsewhere = connection.take().find(({ type }) => type === "room:joined").epoch;
  await ada.connection.receiveJson({ type: "chat:message", roomId: "deck", content: "one" });
  connection.take();
  const forged = [
    { seq: -1, epoch },
    { seq: 2, epoch },
    { seq: 1e9, epoch },
    { seq: 0.5, epoch },
    { seq: 1e300, epoch },
    { seq: 0, epoch: "guess" },
    { seq: 0, epoch: "x".repeat(10_000) },
    { seq: 0, epoch: elsewhere },
    { seq: 0 },
    { epoch },
  ];
  for (const position of forged) {
    await connection.receiveJson({ type: "room:join", roomId: "deck", ...position });
  }
  const answers = connection.take();
  assertEquals(answers.length, forged.length);
  for (const { type, seq, recovered } of answers) {
    assertEquals([type, seq, recovered], ["room:joined", 1, false]);
  }
  for (const position of [{ seq: "1", epoch }, { seq: 1, epoch: 5 }, { seq: null, epoch }]) {
    await connection.receiveJson({ type: "room:join", roomId: "deck", ...position });
  }
  assertEquals(connection.take().map(({ code }) => code), Array(3).fill("INVALID_MESSAGE"));
});

Deno.test("createChat() limits the rate unless it is 0", async () => {
  const limited = await enter(createChat({ rate: 1 }), "Ada");
  for (let i = 0; i < 4; i++) await limited.connection.receiveJson({ type: "nothing" });
  assertEquals(limited.connection.take().map(({ code }) => code), [
    "UNKNOWN_EVENT",
    "UNKNOWN_EVENT",
    "RATE_LIMITED",
    "RATE_LIMITED",
  ]);
});
