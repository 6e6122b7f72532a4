/** Tests of server/server.ts over real TCP. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { serve } from "../../server/serve.ts";
import { connect } from "../support/client.ts";
import { EchoServer } from "../support/echo.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { requestUpgrade } from "../support/upgrade.ts";
import { waitFor } from "../support/wait.ts";

const local = { port: 0, hostname: "127.0.0.1" };

Deno.test("Server.connections holds the open connections", async () => {
  await using server = new EchoServer();
  const clients = await Promise.all([1, 2, 3].map(() => connect(server.url())));
  assertEquals(new Set(server.server.connections), new Set(server.opened));
  await clients[1]!.close();
  assertEquals(server.server.connections.size, 2);
  for (const client of clients) client.close();
  await waitFor(() => server.server.connections.size === 0);
});

Deno.test("Server.broadcast() reaches all but the exception", async () => {
  await using server = new EchoServer();
  const clients = [await connect(server.url()), await connect(server.url())];
  server.server.broadcast("to all");
  server.server.broadcast(Uint8Array.of(1), { except: server.opened[0]! });
  server.server.broadcast(server.opened[0]!.prepare("again"));
  assertEquals([await clients[0]!.next(), await clients[0]!.next()], ["to all", "again"]);
  assertEquals(
    [await clients[1]!.next(), await clients[1]!.next(), await clients[1]!.next()],
    ["to all", Uint8Array.of(1), "again"],
  );
  await Promise.all(clients.map((client) => client.close()));
});

Deno.test("Server.shutdown() closes every connection with code and reason, then the port", async () => {
  const server = new EchoServer();
  const clients = await Promise.all([1, 2, 3].map(() => connect(server.url())));
  const { port } = server;
  await server.server.shutdown({ code: 1001, reason: "restart" });
  for (const client of clients) {
    assertEquals(await client.closed, { code: 1001, reason: "restart", wasClean: true });
  }
  assertEquals(server.closes, [1, 2, 3].map(() => ({ code: 1001, reason: "", wasClean: true })));
  await server.server.finished;
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }));
});

Deno.test("Server.shutdown() says 1012 by default, also where it is called by await using", async () => {
  let client;
  {
    await using server = serve(local, () => {});
    client = await connect(`ws://127.0.0.1:${server.addr.port}/`);
  }
  const expected = { code: 1012, reason: "Server shutting down", wasClean: true };
  assertEquals(await client.closed, expected);
});

Deno.test("Server.shutdown() called twice is one shutdown", async () => {
  const server = new EchoServer();
  const client = await connect(server.url());
  await Promise.all([1001, 1012].map((code) => server.server.shutdown({ code })));
  assertEquals((await client.closed).code, 1001);
});

Deno.test("Server.shutdown() refuses a code that may not be sent, and goes on serving", async () => {
  await using server = new EchoServer();
  const refused = [{ code: 1005 }, { reason: "x".repeat(124) }];
  for (const shutdown of refused.map((options) => server.server.shutdown(options))) {
    await assertRejects(() => shutdown, RangeError);
  }
  const client = await connect(server.url());
  client.send("still here");
  assertEquals(await client.next(), "still here");
  await client.close();
});

Deno.test("Server.shutdown() cuts off at the deadline who does not answer", async () => {
  const server = new EchoServer();
  using conn = await server.openTcp();
  await new HttpClient(conn).request(headText("GET / HTTP/1.1", upgradeFields));
  await waitFor(() => server.opened.length === 1);
  await server.server.shutdown({ deadline: 20 });
  assertEquals(server.closes, [{ code: 1006, reason: "", wasClean: false }]);
});

Deno.test("Server.shutdown() waits for no handler beyond the deadline", async () => {
  const started: string[] = [];
  const never = (name: string) => () => {
    started.push(name);
    return new Promise<never>(() => {});
  };
  const server = serve({
    ...local,
    fetch: never("fetch"),
    upgrade: (request) => {
      return request.url.endsWith("/hook") ? never("upgrade")() : undefined;
    },
  }, (connection) => void connection.on("message", never("message")));
  const { port } = server.addr;
  const plain = fetch(`http://127.0.0.1:${port}/`);
  const client = await connect(`ws://127.0.0.1:${port}/`);
  client.send("hello");
  const hooked = connect(`ws://127.0.0.1:${port}/hook`);
  await waitFor(() => started.length === 3);
  await Promise.all([
    server.shutdown({ deadline: 20 }),
    assertRejects(() => plain),
    assertRejects(() => hooked),
  ]);
  await client.closed;
});

Deno.test("Server.shutdown() lets plain requests finish, and refuses new upgrades", async () => {
  const request = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const hook = Promise.withResolvers<void>();
  const server = new EchoServer({
    fetch() {
      request.resolve();
      return answer.promise;
    },
    async upgrade() {
      hook.resolve();
      await answer.promise;
    },
  });
  const plain = fetch(`http://127.0.0.1:${server.port}/`);
  const upgraded = requestUpgrade(server.port);
  await Promise.all([request.promise, hook.promise]);
  const down = server.server.shutdown();
  answer.resolve(new Response("late"));
  assertEquals(await (await plain).text(), "late");
  assertEquals((await upgraded).status, 503);
  assertEquals(server.opened.length, 0);
  await down;
});

Deno.test("hostile 95: Server.shutdown() spreads the Close frames over time", async () => {
  const server = new EchoServer();
  const clients = await Promise.all(Array.from({ length: 30 }, () => connect(server.url())));
  const down = server.server.shutdown({ spread: 10_000, deadline: Infinity });
  assertEquals((await Promise.race(clients.map((client) => client.closed))).code, 1012);
  assert(server.server.connections.size > 0, "all were closed at once");
  for (const client of clients) client.close(); // the others need not be waited for
  await Promise.all(clients.map((client) => client.closed));
  await down;
});

/** Opens some connections and closes them; returns how often the server has looked at its heap. */
async function looksAtHeap(connections: number, trimHeap: boolean): Promise<number> {
  const { memoryUsage } = Deno;
  using look = stub(Deno, "memoryUsage", memoryUsage);
  await using server = serve({ ...local, trimHeap }, () => {});
  const request = new TextEncoder().encode(headText("GET / HTTP/1.1", upgradeFields));
  const clients: Deno.TcpConn[] = [];
  try {
    for (let i = 0; i < connections; i++) {
      const client = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
      clients.push(client);
      await client.write(request);
    }
    await waitFor(() => server.stats().connections.open === connections);
    return look.calls.length;
  } finally {
    for (const client of clients) client.close();
  }
}

Deno.test("serve() looks after its heap from a thousand connections on, if it may", async () => {
  assertEquals(await looksAtHeap(999, true), 0);
  assert(await looksAtHeap(1_000, true) > 0);
  assertEquals(await looksAtHeap(1_000, false), 0);
});
