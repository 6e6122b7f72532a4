/** The chat over event streams and polls, beside WebSocket, over real HTTP. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { App, fallback, type PeerInfo, serve } from "../../mod.ts";
import { EventStream } from "../support/event_stream.ts";
import { JsonSocket } from "../support/json_socket.ts";
import { Poller, sendEvents } from "../support/poller.ts";
import { type Program, startProgram } from "../support/program.ts";
import { Upstream } from "../support/upstream.ts";
import { waitFor } from "../support/wait.ts";

function startChat(...args: string[]): Promise<Program> {
  return startProgram("examples/chat/main.ts", { args: ["--port", "0", "--rate", "0", ...args] });
}

async function enterBySocket({ url }: Program, roomId: string): Promise<JsonSocket> {
  const socket = await JsonSocket.open(`ws://${url.host}/ws?name=Ada`);
  socket.send({ type: "room:join", roomId });
  while ((await socket.next()).type !== "room:joined");
  return socket;
}

/** The messages of a room's stream among others: seq and content. */
function contents(messages: readonly { type: string; seq: number; content: string }[]): string[] {
  return messages.filter(({ type }) => type === "chat:message")
    .map(({ seq, content }) => `${seq} ${content}`);
}

function say(content: string): { type: string; roomId: string; content: string } {
  return { type: "chat:message", roomId: "deck", content };
}

function publish({ url }: Program, body: string, headers: HeadersInit = {}): Promise<Response> {
  return fetch(new URL("/api/publish", url), { method: "POST", headers, body });
}

Deno.test("chat: WebSocket, event stream and poll see the same messages in the same order", async () => {
  await using chat = await startChat("--api-key", "k-1");
  await using ada = await enterBySocket(chat, "deck");
  await using stream = await EventStream.open(new URL("/sse?room=deck&name=Bob", chat.url));
  const welcome = (await stream.next())!.data;
  assertEquals([welcome.type, welcome.name], ["welcome", "Bob"]);
  await stream.until("room:joined");
  const poller = new Poller(chat.url, "room=deck&name=Cyd");
  const first = await poller.poll();
  assertEquals([first.messages[0].type, first.messages[0].name], ["welcome", "Cyd"]);

  const count = 60;
  for (let i = 0; i < count; i += 4) {
    ada.send(say("by socket"));
    await sendEvents(chat.url, welcome.session, say("by event stream"));
    assertEquals(await poller.send([say("by poll"), { id: "a", event: "nothing" }]), [
      { ack: "a", error: { code: "UNKNOWN_EVENT", message: "Unknown event: nothing" } },
    ]);
    const data = { content: "by publish" };
    const body = JSON.stringify({ room: "deck", event: "chat:message", data });
    const published = await publish(chat, body, { authorization: "Bearer k-1" });
    assertEquals(published.status, 200);
    await published.body?.cancel();
  }

  const bySocket: string[] = [];
  while (bySocket.length < count) bySocket.push(...contents([await ada.next()]));
  const byStream: string[] = [];
  while (byStream.length < count) byStream.push(...contents([(await stream.next())!.data]));
  const byPoll: string[] = [];
  while (byPoll.length < count) byPoll.push(...contents((await poller.poll()).messages));
  assertEquals(bySocket.map((each) => Number(each.split(" ")[0])), bySocket.map((_, i) => i + 1));
  assertEquals(byStream, bySocket);
  assertEquals(byPoll, bySocket);
  assertEquals(stream.id, poller.since);
});

Deno.test("chat: an event stream resumes by Last-Event-ID or lastEventId, without a gap or a double", async () => {
  await using chat = await startChat();
  await using ada = await enterBySocket(chat, "deck");
  let id = "";
  let seen = 0;
  for (const way of ["header", "query", "header"]) {
    const url = new URL("/sse?room=deck", chat.url);
    if (way === "query") url.searchParams.set("lastEventId", id);
    const headers: HeadersInit = way === "header" && id !== "" ? { "last-event-id": id } : {};
    await using stream = await EventStream.open(url, headers);
    const missed: string[] = [];
    let event = (await stream.next())!;
    for (; event.data.type !== "room:joined"; event = (await stream.next())!) {
      missed.push(...contents([event.data]));
    }
    assertEquals(missed, seen === 0 ? [] : [`${seen + 1} while gone`, `${seen + 2} while gone`]);
    assertEquals([event.data.recovered, event.data.seq], [seen > 0, seen + missed.length]);
    ada.send(say("live"));
    assertMatch((await stream.until("chat:message")).data.content, /^live$/);
    seen += missed.length + 1;
    id = stream.id;
    assert(id.endsWith(`:${seen}`), id);
    await stream[Symbol.asyncDispose]();
    for (let i = 0; i < 2; i++) {
      ada.send({ id: `${i}`, event: "chat:message", data: say("while gone") });
    }
    while ((await ada.next()).ack !== "1");
  }
});

Deno.test("chat: a poll resumes by since, with its session or without", async () => {
  await using chat = await startChat();
  await using ada = await enterBySocket(chat, "deck");
  const poller = new Poller(chat.url, "room=deck");
  const { epoch, seq, recovered } = await poller.poll();
  assertEquals([poller.since, seq, recovered], [`${epoch}:0`, 0, false]);
  async function hear(content: string): Promise<void> {
    ada.send({ id: content, event: "chat:message", data: say(content) });
    while ((await ada.next()).ack !== content);
  }
  await hear("one");
  assertEquals(contents((await poller.poll()).messages), ["1 one"]);
  await hear("two");
  const answer = await poller.poll();
  assertEquals([contents(answer.messages), answer.seq, answer.recovered], [["2 two"], 2, true]);

  const stranger = new Poller(chat.url, "room=deck", `${epoch}:1`);
  const missed = await stranger.poll();
  assertEquals([contents(missed.messages), missed.recovered], [["2 two"], true]);
  const late = new Poller(chat.url, "room=deck", `${epoch}:2`);
  const waiting = late.poll(); // it has missed nothing, and waits
  while ((await ada.next()).type !== "user:joined");
  await hear("three");
  assertEquals(contents((await waiting).messages), ["3 three"]);
  for (const since of ["0:9", `${epoch}:9`, "nonsense", `${epoch}:-1`]) {
    const lost = await new Poller(chat.url, "room=deck", since).poll();
    assertEquals([contents(lost.messages), lost.recovered, lost.seq], [[], false, 3], since);
  }
});

Deno.test("chat: /api/publish has a status for every mistake", async () => {
  await using chat = await startChat("--api-key", "k-1", "--api-key", "k-2");
  const good = JSON.stringify({ room: "deck", event: "note", data: { a: 1 } });
  const key = { authorization: "Bearer k-2" };
  const cases: [status: number, code: string | undefined, body: string, headers: HeadersInit][] = [
    [200, undefined, good, key],
    [401, "UNAUTHORIZED", good, {}],
    [401, "UNAUTHORIZED", good, { authorization: "Basic k-2" }],
    [401, "UNAUTHORIZED", good, { authorization: "Bearer " }],
    [403, "FORBIDDEN", good, { authorization: "Bearer k-3" }],
    [400, "PARSE_ERROR", "{", key],
    [400, "PARSE_ERROR", "", key],
    [400, "INVALID_MESSAGE", "[[]]", key],
    [400, "INVALID_MESSAGE", '{"room":"deck"}', key],
    [400, "INVALID_MESSAGE", '{"room":"","event":"note"}', key],
    [400, "INVALID_MESSAGE", JSON.stringify({ room: "x".repeat(257), event: "note" }), key],
    [400, "INVALID_MESSAGE", '{"room":"deck","event":"error"}', key],
    [400, "INVALID_MESSAGE", '{"room":"deck","event":"note","data":1,"args":[2]}', key],
  ];
  for (const [status, code, body, headers] of cases) {
    const response = await publish(chat, body, headers);
    assertEquals([response.status, (await response.json()).code], [status, code], body);
  }
  const large = await publish(chat, " ".repeat(1_048_577), key);
  assertEquals(large.status, 413);
  await large.body?.cancel();
  const got = await fetch(new URL("/api/publish", chat.url), { headers: key });
  assertEquals([got.status, got.headers.get("allow")], [405, "POST"]);
  await got.body?.cancel();
  const second = await publish(chat, good, key);
  const { seq, epoch } = await second.json();
  assertEquals([seq, typeof epoch], [2, "string"]);
});

Deno.test("hostile 114: chat: /api/publish answers 429 to who has guessed too often", async () => {
  await using chat = await startChat("--api-key", "k-1");
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) {
    const response = await publish(chat, "{}", { authorization: `Bearer guess-${i}` });
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assertEquals(statuses, [...new Array(10).fill(403), 429, 429]);
});

Deno.test("chat: without a key nobody publishes", async () => {
  await using chat = await startChat();
  const response = await publish(chat, "{}", { authorization: "Bearer undefined" });
  assertEquals(response.status, 404);
  await response.body?.cancel();
});

Deno.test("hostile 121: chat: a signal ends event streams with the reason, and the program with 0", async () => {
  await using chat = await startChat();
  await using stream = await EventStream.open(new URL("/sse?room=deck", chat.url));
  await stream.until("room:joined");
  await new Poller(chat.url, "room=deck").poll();
  await stream.until("user:joined");
  chat.signal("SIGTERM");
  let event = await stream.next();
  while (event?.event === "message") event = await stream.next();
  assertEquals([event?.event, event?.data], [
    "close",
    { code: 1012, reason: "Server shutting down" },
  ]);
  assertEquals(await stream.next(), undefined);
  assertEquals((await chat.ended()).code, 0);
});

Deno.test("hostile 106: requests that are aborted leave neither clients nor members behind", async () => {
  const app = new App({ rooms: true });
  await using server = serve({ port: 0, hostname: "127.0.0.1", app, wires: [fallback()] });
  const base = `http://127.0.0.1:${server.addr.port}`;
  const { epoch } = await new Poller(base, "room=deck").poll();
  const abort = new AbortController();
  const { signal } = abort;
  const requests: Promise<unknown>[] = [];
  for (let i = 0; i < 30; i++) {
    requests.push(fetch(`${base}/sse?room=deck`, { signal }).then((response) => response.text()));
    requests.push(fetch(`${base}/poll?room=deck&since=${epoch}:0`, { signal }));
  }
  const ended = Promise.allSettled(requests);
  await waitFor(() => app.in("deck").count === 61);
  abort.abort();
  assertEquals((await ended).filter(({ status }) => status === "fulfilled"), []);
  await waitFor(() => app.size === 1); // the first poller, whose session is still good
  assertEquals(app.in("deck").count, 1);
});

Deno.test("hostile 87: an event stream that is not read is ended with 1013, the others go on", async () => {
  const app = new App({ rooms: true });
  const closes: number[] = [];
  app.onDisconnect((_client, { code }) => void closes.push(code));
  const limits = { maxQueuedBytes: 200_000, slowTimeout: 100 };
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    app,
    wires: [fallback()],
    ...limits,
  });
  const { port } = server.addr;
  using slow = await Deno.connect({ hostname: "127.0.0.1", port });
  await slow.write(new TextEncoder().encode("GET /sse?room=deck HTTP/1.1\r\nHost: x\r\n\r\n"));
  await using stream = await EventStream.open(`http://127.0.0.1:${port}/sse?room=deck`);
  await waitFor(() => app.in("deck").count === 2);
  const text = "x".repeat(50_000);
  let sent = 0;
  while (closes.length === 0) {
    await app.publish("deck", "note", { text });
    assertEquals((await stream.until("note")).data.seq, ++sent);
  }
  assertEquals([closes, app.size], [[1013], 1]);
});

Deno.test("hostile 145: serve() lets no stranger by its upgrade hook on another transport", async () => {
  const identify = ({ data }: PeerInfo) => data as string;
  const app = new App<object, object, string>({ identify });
  const admin = app.of<{ wipe: null }, object, string>("/admin");
  const ran: string[] = [];
  admin.on("wipe", ({ user }) => void ran.push(user));
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    path: "/ws",
    app,
    wires: [fallback()],
    upgrade(request) {
      const user = request.headers.get("cookie")?.replace("user=", "");
      if (user === undefined) return new Response("Sign in\n", { status: 401 });
      const isAdmin = user === "root" || new URL(request.url).pathname !== "/ws/admin";
      return isAdmin ? { data: user } : new Response("Not yours\n", { status: 403 });
    },
  });
  const url = new URL(`http://127.0.0.1:${server.addr.port}`);
  const statuses: [path: string, user: string, status: number][] = [
    ["/sse", "", 401],
    ["/poll", "", 401],
    ["/sse/admin", "", 401],
    ["/poll/admin", "", 401],
    ["/poll", "bob", 200],
    ["/sse/admin", "bob", 403],
    ["/poll/admin", "bob", 403],
  ];
  for (const [path, user, status] of statuses) {
    const headers: HeadersInit = user === "" ? {} : { cookie: `user=${user}` };
    const response = await fetch(new URL(path, url), { headers });
    await response.body?.cancel();
    assertEquals(response.status, status, `${path} of ${user}`);
  }
  assertEquals([app.size, admin.size], [1, 0]);
  const headers = { cookie: "user=root" };
  await using stream = await EventStream.open(new URL("/sse/admin", url), headers);
  const { session } = (await stream.next())!.data;
  await sendEvents(url, session, { type: "wipe" });
  assertEquals(ran, ["root"]);
});

Deno.test("serve() passes on what the upgrade hook refuses with, on every transport, though it cannot be changed", async () => {
  await using upstream = new Upstream();
  const refusals = [
    () => Response.redirect("http://example.com/login", 303),
    () => fetch(upstream.url("gzip")),
  ];
  for (const refuse of refusals) {
    const app = new App({ rooms: true });
    const upgrade = () => Promise.resolve(refuse());
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const wires = [fallback()];
    await using server = serve({
      port: 0,
      hostname: "127.0.0.1",
      app,
      wires,
      path: "/ws",
      upgrade,
      onError,
    });
    for (const path of ["/sse", "/poll"]) {
      const url = `http://127.0.0.1:${server.addr.port}${path}`;
      const response = await fetch(url, { redirect: "manual" });
      const { status } = response;
      assertEquals(
        [status, await response.text()],
        status === 303 ? [303, ""] : [200, upstream.text],
      );
    }
    assertEquals(errors, []);
  }
});
