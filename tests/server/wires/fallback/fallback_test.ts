/** The routes of the fallback transports, without a network. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ManualClock } from "../../../support/clients.ts";
import { FallbackServer } from "../../../support/fallback.ts";

Deno.test("Fallback.fetch() streams what is published, and resumes by Last-Event-ID", async () => {
  using server = new FallbackServer();
  const { stream } = await server.stream("/sse?room=deck");
  const joined = await stream.until("room:joined");
  assertEquals(joined.id, `${joined.data.epoch}:0`);
  await server.app.publish("deck", "note", { n: 1 });
  assertEquals((await stream.until("note")).data, { type: "note", n: 1, stream: "deck", seq: 1 });
  const { id } = stream;
  await stream[Symbol.asyncDispose]();
  assertEquals(server.app.size, 0);
  await server.app.publish("deck", "note", { n: 2 });

  const byHeader: RequestInit = { headers: { "last-event-id": id } };
  for (const [query, init] of [["", byHeader], [`&lastEventId=${id}`, {}]] as const) {
    const { stream: again } = await server.stream(`/sse?room=deck${query}`, init);
    assertEquals((await again.next())?.data.n, 2);
    assertEquals((await again.next())?.data.recovered, true);
    await again[Symbol.asyncDispose]();
  }
});

Deno.test("Fallback.fetch() sends the newest messages to a client that enters", async () => {
  using server = new FallbackServer();
  for (let n = 1; n <= 5; n++) await server.app.publish("deck", "note", { n });
  const { stream } = await server.stream("/sse?room=deck&last=2");
  const heard: unknown[] = [];
  for (let event; (event = (await stream.next())!.data).type !== "room:joined";) {
    heard.push(event.n);
  }
  assertEquals(heard, [4, 5]);
  const { id } = stream;
  await stream[Symbol.asyncDispose]();
  await server.app.publish("deck", "note", { n: 6 });
  // A client that comes back with a position is sent what has followed it, and nothing again.
  const { messages } = await server.poll(`/poll?room=deck&last=2&since=${id}`);
  assertEquals(messages.filter(({ type }) => type === "note").map(({ n }) => n), [6]);
});

Deno.test("hostile 276: Fallback.fetch() refuses numbers of messages that are none", async () => {
  using server = new FallbackServer();
  for (const last of ["0", "-1", "1.5", "x", "", "9".repeat(30)]) {
    for (const path of ["/sse", "/poll"]) {
      const response = await server.fetch(`${path}?room=deck&last=${last}`);
      const { code, message } = await response.json();
      assertEquals([response.status, code, message], [
        400,
        "INVALID_MESSAGE",
        "last must be a number > 0",
      ]);
    }
  }
  assertEquals(server.app.size, 0);
});

Deno.test("Fallback.fetch() keeps one position per room", async () => {
  using server = new FallbackServer();
  const { stream } = await server.stream("/sse?room=deck&room=bridge&room=deck");
  await stream.until("room:joined");
  await stream.until("room:joined");
  await server.app.publish("bridge", "note", {});
  await server.app.publish("bridge", "note", {});
  await server.app.publish("deck", "note", {});
  for (let i = 0; i < 3; i++) await stream.until("note");
  assertMatch(stream.id, /^[\w.~-]+:1,[\w.~-]+:2$/);
  const { id } = stream;
  await stream[Symbol.asyncDispose]();
  await server.app.publish("deck", "note", { room: "deck" });
  await server.app.publish("bridge", "note", { room: "bridge" });
  const again = await server.poll(`/poll?room=deck&room=bridge&since=${id}`);
  const notes = again.messages.filter(({ type }) => type === "note");
  assertEquals(notes.map(({ room, seq }) => [room, seq]), [["deck", 2], ["bridge", 3]]);
  assertEquals([again.recovered, again.since], [true, id.replace(":1,", ":2,").replace(/2$/, "3")]);
});

Deno.test("Fallback.fetch() joins all rooms of a URL, as one message of the client", async () => {
  using server = new FallbackServer(); // 20 messages at once
  const rooms = Array.from({ length: 200 }, (_, i) => `room ${i}`);
  const query = rooms.map((room) => `room=${encodeURIComponent(room)}`).join("&");
  const { stream } = await server.stream(`/sse?${query}`);
  for (const room of rooms) assertEquals((await stream.until("room:joined")).data.roomId, room);
  const { messages } = await server.poll(`/poll?${query}`);
  assertEquals(messages.filter(({ type }) => type === "room:joined").length, rooms.length);
  assertEquals(server.app.to("room 199").count, 2);
});

Deno.test("Fallback.fetch() takes events for both kinds of session", async () => {
  using server = new FallbackServer();
  server.app.on("echo", (_client, data) => data);
  const { session } = await server.stream("/sse");
  const poll = await server.poll("/poll");
  for (const id of [session, poll.session]) {
    const response = await server.send(id, { id: "a", event: "echo", data: [1] });
    assertEquals([response.status, await response.json()], [
      200,
      { messages: [{ ack: "a", data: [1] }] },
    ]);
  }
});

Deno.test("Fallback.fetch() says by which code a session has ended over an event", async () => {
  using server = new FallbackServer();
  server.app.on("leave", (client) => client.close(4000, "bye"));
  const { session, stream } = await server.stream("/sse");
  const response = await server.send(session, { type: "leave" });
  assertEquals((await response.json()).close, { code: 4000, reason: "bye" });
  assertEquals((await stream.next())?.data, { code: 4000, reason: "bye" });
  assertEquals((await server.send(session, { type: "leave" })).status, 404);
});

Deno.test("Fallback.fetch() answers events after 25 seconds, and the rest goes the other way", async () => {
  using server = new FallbackServer();
  const busy = Promise.withResolvers<string>();
  const started = Promise.withResolvers<void>();
  server.app.on("slow", () => {
    started.resolve();
    return busy.promise;
  });
  const { session } = await server.poll("/poll");
  const sending = server.send(session, { id: "a", event: "slow" });
  await started.promise;
  server.clock.pass(25_000);
  assertEquals((await (await sending).json()).messages, []);
  busy.resolve("late");
  const { messages } = await server.poll(`/poll?session=${session}`);
  assertEquals(messages, [{ ack: "a", data: "late" }]);
});

Deno.test("Fallback.fetch() forgets a session that is silent for 30 seconds", async () => {
  using server = new FallbackServer();
  const { session } = await server.poll("/poll?room=deck");
  server.clock.pass(29_999);
  assertEquals((await server.send(session, [])).status, 200);
  server.clock.pass(29_999);
  assertEquals(server.app.size, 1);
  server.clock.pass(1);
  assertEquals((await server.send(session, [])).status, 404);
  assertEquals([server.closes, server.app.size], [[[1006, "Client has gone"]], 0]);
  assertEquals(server.fallback.httpClients(), { sse: 0, poll: 0 });
  assertEquals(server.clock.size, 0);
});

Deno.test("Fallback.fetch() ends a session of polls by DELETE, and the poll that waits", async () => {
  using server = new FallbackServer();
  const { session } = await server.poll("/poll?room=deck");
  const poll = server.fetch(`/poll?session=${session}`);
  const end = () => server.fetch(`/poll?session=${session}`, { method: "DELETE" });
  assertEquals((await end()).status, 204);
  assertEquals((await poll).status, 409);
  assertEquals([server.app.size, server.clock.size], [0, 0]);
  assertEquals((await end()).status, 404);
  assertEquals((await server.fetch("/poll", { method: "DELETE" })).status, 404);
  const { session: other, stream } = await server.stream("/sse");
  assertEquals((await server.fetch(`/poll?session=${other}`, { method: "DELETE" })).status, 400);
  await stream[Symbol.asyncDispose]();
});

Deno.test("Fallback.fetch() ends the older of two polls with 409", async () => {
  using server = new FallbackServer();
  const { session } = await server.poll("/poll");
  const older = server.fetch(`/poll?session=${session}`);
  const newer = server.poll(`/poll?session=${session}`);
  const response = await older;
  assertEquals([response.status, (await response.json()).code], [409, "SUPERSEDED"]);
  server.app.emit("tick", {});
  assertEquals((await newer).messages, [{ type: "tick" }]);
});

Deno.test("hostile 106: Fallback.fetch() leaves nothing of a poll or stream that is aborted", async () => {
  using server = new FallbackServer();
  const { epoch } = await server.app.publish("deck", "note", {});
  const abort = new AbortController();
  const { signal } = abort;
  const polls = ["first", "second"].map(() =>
    server.fetch(`/poll?room=deck&since=${epoch}:1`, { signal })
  );
  const { stream } = await server.stream("/sse?room=deck", { signal });
  await stream.until("room:joined");
  assertEquals(server.app.in("deck").count, 3);
  abort.abort();
  await stream[Symbol.asyncDispose]();
  await Promise.all(polls);
  assertEquals(server.fallback.httpClients(), { sse: 0, poll: 0 });
  assertEquals([server.app.size, server.clock.size], [0, 0]);
  await assertRejects(() => server.fetch("/sse", { signal }), DOMException);
  assertEquals(server.fallback.httpClients(), { sse: 0, poll: 0 });
});

Deno.test("hostile 116: Fallback.fetch() names sessions so that nobody guesses them", async () => {
  using server = new FallbackServer();
  const ids = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const { session, messages } = await server.poll("/poll");
    assertMatch(session, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert(messages[0].id !== session); // others see that one
    ids.add(session);
  }
  assertEquals(ids.size, 50);
  for (const guess of ["", "x", "__proto__", "constructor"]) {
    assertEquals((await server.fetch(`/poll?session=${guess}`)).status, 404);
    assertEquals((await server.send(guess, [])).status, 404);
  }
});

Deno.test("hostile 133: Fallback.fetch() ends a session that was polled once for a new one", async () => {
  using server = new FallbackServer({ fallback: { maxSessions: 3, maxSessionsPerAddress: 20 } });
  const { session: kept } = await server.poll("/poll");
  server.app.emit("tick", {});
  assertEquals((await server.poll(`/poll?session=${kept}`)).messages, [{ type: "tick" }]);
  const { epoch } = await server.app.publish("deck", "note", {});
  const waiting = server.poll(`/poll?room=deck&since=${epoch}:1`);
  const { session: idle } = await server.poll("/poll");
  await server.poll("/poll");
  await server.poll("/poll");
  assertEquals((await waiting).close, { code: 1013, reason: "Too many sessions" });
  assertEquals((await server.fetch(`/poll?session=${idle}`)).status, 404);
  assertEquals((await server.send(kept, [])).status, 200);
  assertEquals([server.fallback.httpClients().poll, server.app.size], [3, 3]);
  for (let i = 5; i < 20; i++) await server.poll("/poll");
  assertEquals([(await server.fetch("/poll")).status, server.app.size], [429, 3]);
});

Deno.test("hostile 334: Fallback.fetch() keeps a hundred sessions of a flood of first polls", async () => {
  using server = new FallbackServer();
  const { session } = await server.poll("/poll");
  for (let i = 0; i < 300; i++) await server.poll("/poll");
  await server.send(session, []);
  server.clock.pass(5_000);
  assertEquals((await server.send(session, [])).status, 200);
  assertEquals([server.fallback.httpClients().poll, server.app.size], [101, 101]);
  server.clock.pass(29_999);
  assertEquals(server.fallback.httpClients().poll, 1);
});

Deno.test("Fallback.fetch() takes in no more than maxSessions", async () => {
  using server = new FallbackServer({ fallback: { maxSessions: 2 } });
  await server.stream("/sse");
  const { stream } = await server.stream("/sse");
  for (const path of ["/sse", "/poll"]) {
    const response = await server.fetch(path);
    assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
  }
  await stream[Symbol.asyncDispose]();
  assertEquals((await server.fetch("/poll")).status, 200);
});

Deno.test("Fallback.fetch() refuses what it cannot take", async () => {
  using server = new FallbackServer();
  const { session } = await server.stream("/sse");
  const cases: [path: string, init: RequestInit, status: number][] = [
    ["/sse", { method: "POST" }, 405],
    ["/poll", { method: "PUT" }, 405],
    ["/events", {}, 405],
    [`/poll?session=${session}`, {}, 400],
    [`/events?session=${session}`, { method: "POST", body: Uint8Array.of(0xff) }, 400],
    [`/events?session=${session}`, { method: "POST", body: `[${"1,".repeat(1_000)}1]` }, 413],
  ];
  for (const [path, init, status] of cases) {
    const response = await server.fetch(path, init);
    assertEquals(response.status, status, `${init.method} ${path}`);
    assertEquals((await response.json()).type, "error");
  }
  assertEquals((await server.fetch("/events")).headers.get("allow"), "POST");
});

Deno.test("hostile 101: Fallback.fetch() answers JSON that is no message", async () => {
  using server = new FallbackServer();
  const { session } = await server.stream("/sse");
  for (
    const [body, code] of [["{", "PARSE_ERROR"], ["", "PARSE_ERROR"], ["1", "INVALID_MESSAGE"]]
  ) {
    const { messages } = await (await server.send(session, body)).json();
    assertEquals(messages.map((each: { code: string }) => each.code), [code]);
  }
});

Deno.test("hostile 128: Fallback.fetch() counts events before anything is made of them", async () => {
  using server = new FallbackServer();
  const { session } = await server.stream("/sse");
  const unread = `[${"1,".repeat(1_000)}`; // not even JSON
  const response = await server.send(session, unread);
  assertEquals([response.status, (await response.json()).message], [
    413,
    "More than 1000 messages",
  ]);
  const good = await server.send(session, Array(1_000).fill(1));
  assertEquals((await good.json()).messages.length, 1_000);
});

Deno.test("hostile 127: Fallback.fetch() asks for the rate before it reads events", async () => {
  const now = new ManualClock().now;
  using server = new FallbackServer({ app: { rateLimit: { perSecond: 1, burst: 2, now } } });
  server.app.on("note", () => "noted");
  const { session } = await server.stream("/sse");
  async function messagesOf(body: unknown): Promise<unknown[]> {
    return (await (await server.send(session, body)).json()).messages;
  }
  const note = (id: string) => ({ id, event: "note", data: null });
  const error = { code: "RATE_LIMITED", message: "Rate limit exceeded", retryAfter: 1 };
  assertEquals(await messagesOf([note("1"), note("2"), note("3")]), [
    { ack: "1", data: "noted" },
    { ack: "2", data: "noted" },
    { ack: "3", error },
  ]);
  assertEquals(await messagesOf(note("4")), [{ ack: "4", error }]);
  assertEquals(await messagesOf(`[${" ".repeat(5_000)}`), [{ type: "error", ...error }]);
  let response = await (await server.send(session, note("5"))).json();
  for (let i = 0; i < 10 && response.close === undefined; i++) {
    response = await (await server.send(session, "x".repeat(5_000))).json();
  }
  assertEquals(response, { messages: [], close: { code: 1008, reason: "Rate limit exceeded" } });
});

Deno.test("hostile 28: Fallback.fetch() serves no page from elsewhere", async () => {
  using server = new FallbackServer();
  const requests: [headers: HeadersInit, status: number][] = [
    [{ origin: "http://localhost" }, 200],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403], // such as that of an image
    [{ "sec-fetch-site": "same-site" }, 403],
  ];
  for (const [headers, status] of requests) {
    const response = await server.fetch("/poll", { headers });
    assertEquals(response.status, status, JSON.stringify(headers));
    const own = "origin" in headers && status === 200 ? "http://localhost" : null;
    assertEquals(response.headers.get("access-control-allow-origin"), own);
  }
  assertEquals(server.app.size, 3);
});

Deno.test("Fallback.fetch() lets pages of allowed origins ask before they send", async () => {
  using server = new FallbackServer();
  const headers = { origin: "http://localhost" };
  const response = await server.fetch("/events", { method: "OPTIONS", headers });
  assertEquals([response.status, response.headers.get("access-control-allow-methods")], [
    204,
    "POST",
  ]);
  assertEquals(response.headers.get("access-control-allow-credentials"), "true");
  const foreign = { origin: "https://evil.example" };
  assertEquals(
    (await server.fetch("/events", { method: "OPTIONS", headers: foreign })).status,
    403,
  );
});

Deno.test("Fallback.fetch() asks for a token as an upgrade does", async () => {
  const auth = {
    verify: (token: string) => Promise.resolve(token === "good" ? { user: "ada" } : undefined),
  };
  using server = new FallbackServer({ app: { auth: { ...auth, mode: "before" } } });
  assertEquals((await server.fetch("/sse")).status, 401);
  assertEquals((await server.fetch("/poll?token=bad")).status, 401);
  const headers = { authorization: "Bearer good" };
  const { id } = await server.stream("/sse", { headers });
  assertEquals(server.app.client(id)?.user, "ada");
  const { messages } = await server.poll("/poll?token=good");
  assertEquals(messages.map(({ type }) => type), ["welcome", "auth_ok"]);
});

Deno.test("hostile 115: Fallback.fetch() takes no event before the client has signed in", async () => {
  const auth = { verify: () => Promise.resolve({ user: "ada" }) };
  using server = new FallbackServer({ app: { auth } });
  const good = await server.poll("/poll");
  await server.send(good.session, { type: "auth", token: "good" });
  assertEquals((await server.poll(`/poll?session=${good.session}`)).messages, [
    { type: "auth_ok" },
  ]);
  const { session } = await server.poll("/poll");
  const response = await server.send(session, { type: "room:join", roomId: "deck" });
  const close = { code: 1008, reason: "Not authenticated" };
  assertEquals((await response.json()).close, close);
  assertEquals((await server.poll(`/poll?session=${session}`)).close, close);
  assertEquals(server.app.in("deck").count, 0);
});

Deno.test("hostile 145: Fallback.fetch() asks the upgrade hook as about a WebSocket", async () => {
  const asked: string[] = [];
  using server = new FallbackServer({
    path: "/ws",
    upgrade(request, info) {
      asked.push(new URL(request.url).pathname, info.remoteAddress);
      const name = request.headers.get("cookie");
      if (name === null) return Promise.resolve(new Response("Who are you?", { status: 401 }));
      const headers = [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["content-type", "x/y"]];
      return Promise.resolve({ data: name, headers: headers as [string, string][] });
    },
  });
  server.app.of("/admin");
  server.app.on("who", ({ user }) => user);
  for (const path of ["/sse", "/poll", "/sse/admin", "/poll/admin"]) {
    const response = await server.fetch(path);
    assertEquals([response.status, await response.text()], [401, "Who are you?"], path);
  }
  assertEquals([server.app.size, server.app.of("/admin").size], [0, 0]);
  const paths = asked.filter((_, index) => index % 2 === 0);
  assertEquals(paths, ["/ws", "/ws", "/ws/admin", "/ws/admin"]);
  assertEquals(asked[1], "::1");

  const headers = { cookie: "ada" };
  const { session } = await server.stream("/sse", { headers });
  const response = await server.send(session, { id: "a", event: "who" });
  assertEquals((await response.json()).messages, [{ ack: "a", data: "ada" }]);
  const poll = await server.fetch("/poll", { headers });
  assertEquals(poll.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(poll.headers.get("content-type"), "application/json");
  await poll.body?.cancel();
});

Deno.test("Fallback.fetch() passes on a refusal whose headers cannot be changed", async () => {
  const refusals = [Response.redirect("http://localhost/login"), await fetch("data:,no")];
  for (const refusal of refusals) {
    using byHook = new FallbackServer({ upgrade: () => Promise.resolve(refusal.clone()) });
    const response = await byHook.fetch("/sse");
    assertEquals([response.status, response.headers.get("vary")], [refusal.status, "origin"]);
  }
});

Deno.test("hostile 145: Fallback.fetch() serves no namespace that is left out", async () => {
  const namespaces = (name: string) => name !== "/admin";
  using server = new FallbackServer({ fallback: { namespaces } });
  for (const name of ["/admin", "/staff", "/plain"]) server.app.of(name);
  for (const path of ["/sse/admin", "/poll/admin", "/events/admin"]) {
    await assertRejects(() => server.fetch(path), Error, "not served");
  }
  for (const path of ["/poll/staff", "/poll/plain"]) {
    assertEquals((await server.fetch(path)).status, 200);
  }
});

Deno.test("Fallback.fetch() serves namespaces below its paths, and nothing else", async () => {
  using server = new FallbackServer();
  server.app.of("/admin");
  assertEquals((await server.poll("/poll/admin")).messages[0].type, "welcome");
  assertEquals([server.app.size, server.app.of("/admin").size], [0, 1]);
  for (const path of ["/", "/sse2", "/poll/nothing", "/Events", "/sse//"]) {
    assertEquals(server.fallback.owns(path), false, path);
  }
});

Deno.test("Fallback.shutdown() sends all away and takes in no more", async () => {
  const server = new FallbackServer();
  const { stream } = await server.stream("/sse");
  const polling = await server.poll("/poll");
  await server.poll("/poll");
  const pending = server.poll(`/poll?session=${polling.session}`);
  const close = { code: 1012, reason: "Server shutting down" };
  server.fallback.shutdown(close);
  assertEquals((await pending).close, close);
  assertEquals(await stream.next(), { event: "close", id: "", data: close });
  assertEquals(server.fallback.httpClients(), { sse: 0, poll: 0 });
  assertEquals([server.app.size, server.clock.size], [0, 0]);
  assertEquals((await server.fetch("/sse")).status, 503);
});

Deno.test("hostile 190: Fallback.fetch() tells the operator which option has refused a client", async () => {
  using server = new FallbackServer({ fallback: { maxSessionsPerAddress: 1 } });
  await server.stream("/sse");
  const origin = "https://evil.example";
  for (const init of [{ headers: { origin } }, {}]) {
    await (await server.fetch("/poll?token=s3cr3t", init)).body?.cancel();
  }
  const [foreign, many] = server.notices;
  assertEquals([foreign?.code, foreign?.subject, foreign?.path], [
    "ORIGIN_REFUSED",
    origin,
    "/poll",
  ]);
  assertEquals([many?.code, many?.subject], ["TOO_MANY_SESSIONS", "::1"]);
  assertMatch(many?.message ?? "", /raise maxSessionsPerAddress of fallback, or set trustProxy/);
  assertEquals(server.notices.length, 2);
});
