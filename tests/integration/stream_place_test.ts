/** Where a message stands in its room's stream is no part of anybody's data. */

import { assertEquals } from "@std/assert";
import { connect, type TransportName } from "@hawser/ws/client";
import { apiKeys, App, fallback, publish, serve, type Server } from "@hawser/ws";
import { waitFor } from "../support/wait.ts";

const fast = { minDelay: 10, maxDelay: 50 };

function start(app: App): Server {
  const wires = [fallback(), publish({ auth: apiKeys(["KEY"]) })];
  return serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app, wires });
}

function urlOf(server: Server): string {
  return `ws://127.0.0.1:${server.addr.port}/ws`;
}

for (const transport of ["websocket", "sse", "poll"] satisfies TransportName[]) {
  Deno.test(`a message that curl publishes arrives once, also after a cut, by ${transport}`, async () => {
    const app = new App({ rooms: true, rateLimit: false });
    await using server = start(app);
    await using client = connect(urlOf(server), { transports: [transport], ...fast });
    const notes: unknown[] = [];
    client.on("note", (note) => void notes.push(note));
    await client.join("abc");
    const publishByHttp = async (text: string) => {
      const response = await fetch(`http://127.0.0.1:${server.addr.port}/api/publish`, {
        method: "POST",
        headers: { authorization: "Bearer KEY" },
        body: `{"room":"abc","event":"note","data":{"text":"${text}"}}`,
      });
      assertEquals(response.status, 200);
      await response.body?.cancel();
    };
    await publishByHttp("one");
    await waitFor(() => notes.length === 1);
    for (const each of app.broadcast.clients()) each.terminate();
    await publishByHttp("two");
    await waitFor(() => notes.length >= 2);
    for (const each of app.broadcast.clients()) each.terminate();
    await waitFor(() => client.state !== "open");
    await client.ready();
    await publishByHttp("three");
    await waitFor(() => notes.length >= 3);
    assertEquals(notes, [{ text: "one" }, { text: "two" }, { text: "three" }]);
    assertEquals(client.position("abc")?.seq, 3);
  });
}

Deno.test("an event with fields roomId and seq is an event like any other", async () => {
  const app = new App({ rooms: true, rateLimit: false });
  await using server = start(app);
  await using client = connect(urlOf(server), fast);
  const heard: unknown[] = [];
  client.on("score", (data) => void heard.push(data));
  await client.join("abc");
  const score = { roomId: "abc", seq: 99 };
  for (let n = 0; n < 2; n++) app.to("abc").emit("score", score);
  await app.publish("abc", "score", score);
  app.to("abc").emit("score", { stream: "abc", seq: 1, type: "score" });
  await waitFor(() => heard.length === 4);
  assertEquals(heard, [score, score, score, { stream: "abc", seq: 1, type: "score" }]);
  assertEquals([client.position("abc")?.seq, client.state], [1, "open"]);
});

Deno.test("clients that leave and come back at random miss nothing, get nothing twice, and nothing changed", async () => {
  const app = new App({ rooms: true, rateLimit: false });
  await using server = start(app);
  const rooms = ["deck", "hold", "bridge"];
  const published = new Map<string, unknown[]>(rooms.map((room) => [room, []]));
  const gaps: unknown[] = [];
  const members = Array.from({ length: 20 }, (_, index) => {
    const client = connect(urlOf(server), {
      ...fast,
      transports: index % 5 === 0 ? ["sse"] : ["websocket"],
    });
    const heard = new Map<string, unknown[]>(rooms.map((room) => [room, []]));
    client.on("said", (data) => void heard.get((data as { to: string }).to)?.push(data));
    client.onGap((gap) => void gaps.push(gap));
    return { client, heard };
  });
  await using _all = {
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map(({ client }) => client.close()));
    },
  };
  await Promise.all(members.flatMap(({ client }) => rooms.map((room) => client.join(room))));

  const end = performance.now() + 3_000;
  let n = 0;
  while (performance.now() < end) {
    for (let i = 0; i < 2; i++) {
      const to = rooms[n % rooms.length]!;
      const data = {
        to,
        type: "news",
        seq: 1_000 - n,
        stream: "mine",
        bytes: Uint8Array.of(n),
        n: n++,
      };
      published.get(to)!.push(data);
      await app.publish(to, "said", data);
    }
    const clients = app.broadcast.clients();
    if (Math.random() < 0.4) clients[Math.floor(Math.random() * clients.length)]?.terminate();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const count = [...published.values()].reduce((sum, { length }) => sum + length, 0);
  const heardBy = ({ heard }: typeof members[number]) =>
    [...heard.values()].reduce((sum, { length }) => sum + length, 0);
  await waitFor(() => members.every((member) => heardBy(member) >= count));
  assertEquals(gaps, []);
  for (const { heard } of members) assertEquals(heard, published);
});
