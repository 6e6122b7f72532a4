/** Rate limiting per connection, and what more there is of it. */

import { App } from "@hawser/ws";
import { assertEquals } from "@std/assert";
import { serveApp } from "../support/json_app.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("seed: rate limit answers the eleventh message within a second by an error", async () => {
  const app = new App({ rateLimit: { perSecond: 10, burst: 10, now: () => 0 } });
  app.on("count", () => "counted");
  await using served = serveApp(app);
  const { socket } = await served.connect();
  for (let i = 0; i < 10; i++) {
    socket.send({ id: `${i}`, event: "count", data: null });
    assertEquals(await socket.next(), { ack: `${i}`, data: "counted" });
  }
  socket.send({ type: "count" });
  assertEquals(await socket.next(), {
    type: "error",
    code: "RATE_LIMITED",
    message: "Rate limit exceeded",
    retryAfter: 0.1,
    event: "count",
  });
  const other = await served.connect();
  other.socket.send({ id: "1", event: "count", data: null });
  assertEquals(await other.socket.next(), { ack: "1", data: "counted" });
});

Deno.test("seed: rate limit tells in the acknowledgement when to try again", async () => {
  let time = 0;
  const events = { "typing:start": { perSecond: 2, burst: 1 } };
  const app = new App({ rateLimit: { perSecond: 100, events, now: () => time } });
  app.on("typing:start", () => "typing").on("note", () => "noted");
  await using served = serveApp(app);
  const { socket } = await served.connect();
  async function send(event: string): Promise<unknown> {
    socket.send({ id: event, event, data: null });
    const { data, error } = await socket.next();
    return data ?? error.retryAfter;
  }
  const answers = [await send("typing:start"), await send("typing:start"), await send("note")];
  assertEquals(answers, ["typing", 0.5, "noted"]);
  time = 500;
  assertEquals(await send("typing:start"), "typing");
});

Deno.test("seed: rate limit of a user counts all of its connections", async () => {
  const one = { perSecond: 1, burst: 1 };
  const app = new App({
    identify: ({ request }) => ({ sub: new URL(request.url).searchParams.get("name") ?? "" }),
    rateLimit: { perUser: one, now: () => 0 },
  });
  app.on("note", () => "noted");
  await using served = serveApp(app);
  const names = ["ada", "ada", "bob"];
  const sockets = await Promise.all(names.map((name) => served.connect(`?name=${name}`)));
  const answers: string[] = [];
  for (const { socket } of sockets) {
    socket.send({ id: "1", event: "note", data: null });
    const { data, error } = await socket.next();
    answers.push(data ?? error.code);
  }
  assertEquals(answers, ["noted", "RATE_LIMITED", "noted"]);
});

Deno.test("seed: rate limit closes the connection of who does not stop", async () => {
  const app = new App({ rateLimit: { perSecond: 1, burst: 2, now: () => 0 } });
  await using served = serveApp(app);
  const { socket } = await served.connect();
  for (let i = 0; i < 13; i++) socket.send({ type: "nothing" });
  assertEquals(await socket.closed, { code: 1008, reason: "Rate limit exceeded" });
  await waitFor(() => app.size === 0);
});
