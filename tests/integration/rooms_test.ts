/** Rooms as README has them: the library's client and an application with the option `rooms`. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { App, type AppOptions, EventError, fallback, serve, type Server } from "@hawser/ws";
import {
  type ClientOptions,
  connect,
  type HawserClient,
  type TransportName,
} from "@hawser/ws/client";
import { waitFor } from "../support/wait.ts";

interface ServedApp extends AsyncDisposable {
  readonly app: App;
  readonly server: Server;
  connect(options?: ClientOptions): HawserClient;
}

/** A server with default limits. */
function open(options: AppOptions<Record<string, unknown>, unknown> = {}): ServedApp {
  const app = new App({ rooms: true, ...options });
  const wires = [fallback()];
  const server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app, wires });
  return {
    app,
    server,
    connect: (options) => connect(`ws://127.0.0.1:${server.addr.port}/ws`, options),
    [Symbol.asyncDispose]: () => server.shutdown({ deadline: 1_000 }),
  };
}

function cut({ app }: ServedApp): void {
  for (const client of app.broadcast.clients()) client.terminate();
}

const transports: readonly TransportName[] = ["websocket", "sse", "poll"];

for (const transport of transports) {
  Deno.test(`rooms: a client joins, hears, comes back and leaves by ${transport}`, async () => {
    await using served = open();
    const { app } = served;
    await using client = served.connect({ transports: [transport], minDelay: 10 });
    const heard: unknown[] = [];
    client.on("note", (data) => heard.push(data));
    const gaps: unknown[] = [];
    client.onGap((gap) => gaps.push(gap));
    await client.join("abc");
    const odd = { type: "x", seq: 99, stream: "y", event: "z" };
    await app.publish("abc", "note", odd);
    await waitFor(() => heard.length === 1);
    cut(served);
    await app.publish("abc", "note", ["missed"]);
    await waitFor(() => heard.length === 2);
    await app.publish("abc", "note", 3);
    await waitFor(() => heard.length === 3);
    assertEquals([heard, gaps], [[odd, ["missed"], 3], []]);
    client.leave("abc");
    await waitFor(() => app.in("abc").count === 0);
  });

  Deno.test(`rooms: the newest messages come to a client that enters by ${transport}`, async () => {
    await using served = open();
    for (let n = 1; n <= 60; n++) await served.app.publish("abc", "note", { n });
    await using client = served.connect({ transports: [transport], minDelay: 10 });
    const heard: unknown[] = [];
    client.on("note", (data) => heard.push((data as { n: number }).n));
    await client.join("abc", { last: 50 });
    await waitFor(() => heard.length === 50);
    cut(served);
    await served.app.publish("abc", "note", { n: 61 });
    await waitFor(() => heard.length === 51);
    assertEquals(heard, Array.from({ length: 51 }, (_, index) => index + 11));
  });
}

Deno.test("rooms: 35 rooms on an open client, at once and one after the other", async () => {
  await using served = open();
  await using client = served.connect({ minDelay: 10 });
  await client.ready();
  const names = Array.from({ length: 35 }, (_, index) => `room ${index}`);
  await Promise.all(names.map((name) => client.join(name)));
  for (const name of names) await client.join(`${name} b`);
  const [member] = served.app.broadcast.clients();
  assertEquals([client.state, client.rooms.length, member?.rooms.size], ["open", 70, 70]);
  for (const name of names) client.leave(name);
  await waitFor(() => member?.rooms.size === 35);
});

Deno.test("rooms: a thousand rooms are back after a reconnect, with what was missed in them", async () => {
  await using served = open();
  await using client = served.connect({ minDelay: 10 });
  const names = Array.from({ length: 1_000 }, (_, index) => `room ${index} of the served`);
  await Promise.all(names.map((name) => client.join(name)));
  const heard: string[] = [];
  client.on("note", (data) => heard.push((data as { room: string }).room));
  const joins: unknown[] = [];
  client.on("room:joined", ({ recovered }) => joins.push(recovered));
  client.onGap(({ roomId }) => joins.push(`gap in ${roomId}`));
  cut(served);
  for (const room of names) await served.app.publish(room, "note", { room });
  await waitFor(() => joins.length === names.length);
  await waitFor(() => heard.length === names.length);
  assertEquals([joins, heard.sort()], [names.map(() => true), names.toSorted()]);
});

Deno.test("rooms: a refusal is told once, and the room is not asked for again", async () => {
  let asked = 0;
  await using served = open({
    rooms: (_client, room) => {
      asked++;
      if (room === "boat") throw new EventError("FORBIDDEN", "Nobody fits in any more");
    },
  });
  await using client = served.connect({ minDelay: 10 });
  await Promise.all([
    client.join("deck"),
    assertRejects(() => client.join("boat"), Error, "Nobody fits in any more"),
  ]);
  assertEquals([client.rooms, asked], [["deck"], 2]);
  cut(served);
  await waitFor(() => asked === 3);
  assertEquals(client.rooms, ["deck"]);
});

Deno.test("rooms: a client without the option is told which one", async () => {
  await using served = open({ rooms: false });
  await using client = served.connect();
  await assertRejects(() => client.join("abc"), Error, "the App has no option rooms");
});

Deno.test("rooms: an idle client counts as no event, and takes no token", async () => {
  await using served = open({ rateLimit: { perSecond: 0.001, burst: 1 } });
  await using client = served.connect({ idleTimeout: 5, connectTimeout: 500, minDelay: 10 });
  await client.ready();
  await waitFor(() => served.server.stats().connections.messagesIn >= 3);
  const { events, errors } = served.server.stats().app["/"]!;
  assertEquals([events, errors.UNKNOWN_EVENT, errors.RATE_LIMITED], [0, 0, 0]);
  assert(client.state === "open");
});
