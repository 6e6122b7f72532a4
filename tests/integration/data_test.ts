/**
 * Data comes out of every wire as it went in: both directions, acknowledgements, streams,
 * histories.
 */

import { assert, assertEquals, assertRejects, assertThrows, equal } from "@std/assert";
import fc from "fast-check";
import { connect, type HawserClient, type TransportName } from "@hawser/ws/client";
import {
  type AnyEvents,
  apiKeys,
  App,
  type Client,
  EventError,
  fallback,
  publish,
  serve,
  type Server,
} from "@hawser/ws";
import { SqliteHistory } from "@hawser/ws/sqlite";
import { dataFields, encodeData } from "../../wire/data.ts";
import { anyData, anyFields, isSame } from "../support/any_data.ts";
import { Poller } from "../support/poller.ts";
import { waitFor } from "../support/wait.ts";

type AnyClient = Client<AnyEvents, unknown>;

/** A served application, a client of it by one transport, and the same client on the server. */
interface Trip extends AsyncDisposable {
  readonly app: App;
  readonly server: Server;
  readonly client: HawserClient;
  readonly peer: AnyClient;
  /** The data that handlers on the server have received. */
  readonly received: unknown[];
}

async function begin(transport: TransportName): Promise<Trip> {
  const app = new App({ rateLimit: false });
  const received: unknown[] = [];
  const peers: AnyClient[] = [];
  app.onConnect(async (client) => {
    peers.push(client);
    await client.join("deck");
  });
  app.on("echo", (_client, data) => data);
  app.on("tell", (_client, data) => void received.push(data));
  app.on("ask", (client, data) => client.emitWithAck("question", data));
  app.on("fail", (_client, data) => {
    throw new EventError("NO", "No", { details: { more: data } });
  });
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    path: "/ws",
    app,
    wires: [fallback(), publish({ auth: apiKeys(["key"]) })],
  });
  const url = `ws://127.0.0.1:${server.addr.port}/ws`;
  const client = connect(url, { transports: [transport] });
  client.on("question", (data) => data);
  await client.ready();
  await waitFor(() => peers.length === 1);
  return {
    app,
    server,
    client,
    peer: peers[0]!,
    received,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.shutdown({ deadline: 1_000 });
    },
  };
}

/** Data of many kinds at once, so that the requests of slow transports carry many. */
const manyData: fc.Arbitrary<unknown[]> = fc.array(anyData, { minLength: 1, maxLength: 30 });

function assertSame(got: readonly unknown[], given: readonly unknown[]): void {
  assertEquals(got.length, given.length);
  for (const [at, data] of given.entries()) {
    assert(isSame(got[at], data), `${Deno.inspect(data)} has become ${Deno.inspect(got[at])}`);
  }
}

/** Settings of properties on real connections. */
const runs = { numRuns: 12, endOnFailure: true };

for (const transport of ["websocket", "sse", "poll"] satisfies TransportName[]) {
  Deno.test(`hostile 221: data arrives as it was given, from clients, by ${transport}`, async () => {
    await using trip = await begin(transport);
    const { client, received } = trip;
    await fc.assert(
      fc.asyncProperty(manyData, async (many) => {
        received.length = 0;
        for (const data of many) client.emit("tell", data);
        await waitFor(() => received.length === many.length);
        assertSame(received, many);
        assertSame(await Promise.all(many.map((data) => client.emitWithAck("echo", data))), many);
      }),
      runs,
    );
  });

  Deno.test(`hostile 221: data arrives as it was given, from the server, by ${transport}`, async () => {
    await using trip = await begin(transport);
    const { app, client, peer } = trip;
    const heard: unknown[] = [];
    client.on("told", (data) => void heard.push(data));
    await fc.assert(
      fc.asyncProperty(manyData, async (many) => {
        heard.length = 0;
        for (const [at, data] of many.entries()) {
          if (at % 2 === 0) peer.emit("told", data);
          else app.to("deck").emit("told", data);
        }
        await waitFor(() => heard.length === many.length);
        assertSame(heard, many);
        const answers = await Promise.all(many.map((data) => peer.emitWithAck("question", data)));
        assertSame(answers, many);
      }),
      runs,
    );
  });

  Deno.test(`hostile 221: data arrives as it was given, from streams, by ${transport}`, async () => {
    const wires = [fallback()];
    const rooms = new App({ rateLimit: false, rooms: true });
    await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: rooms, wires });
    const url = `ws://127.0.0.1:${server.addr.port}/ws`;
    await using reader = connect(url, { transports: [transport], minDelay: 10, maxDelay: 10 });
    const heard: unknown[] = [];
    reader.on("said", (data) => void heard.push(data));
    await reader.join("hold");
    await fc.assert(
      fc.asyncProperty(manyData, manyData, async (live, missed) => {
        heard.length = 0;
        for (const data of live) await rooms.publish("hold", "said", data);
        await waitFor(() => heard.length === live.length);
        for (const each of rooms.broadcast.clients()) each.terminate();
        for (const data of missed) await rooms.publish("hold", "said", data);
        await waitFor(() => heard.length >= live.length + missed.length);
        assertSame(heard, [...live, ...missed]);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
}

Deno.test("hostile 221: details of errors arrive as they were given", async () => {
  await using trip = await begin("websocket");
  const { client } = trip;
  await fc.assert(
    fc.asyncProperty(anyFields, async (fields) => {
      const told = new Promise((resolve) => client.once("error", resolve));
      client.emit("fail", fields);
      assert(equal(await told, { more: fields, code: "NO", message: "No", event: "fail" }));
      const { cause } = await assertRejects(() => client.emitWithAck("fail", fields), Error);
      assert(equal((cause as { details?: unknown }).details, { more: fields }));
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

Deno.test("hostile 221: data that is published by HTTP arrives as it was given", async () => {
  await using trip = await begin("websocket");
  const { server, client } = trip;
  const heard: unknown[] = [];
  client.on("said", (data) => void heard.push(data));
  await fc.assert(
    fc.asyncProperty(manyData, async (many) => {
      heard.length = 0;
      for (const data of many) {
        const response = await fetch(`http://127.0.0.1:${server.addr.port}/api/publish`, {
          method: "POST",
          headers: { authorization: "Bearer key" },
          body: `{"room":"deck","event":"said"${dataFields(encodeData(data))}}`,
        });
        assertEquals(response.status, 200);
        await response.body?.cancel();
      }
      await waitFor(() => heard.length === many.length);
      assertSame(heard, many);
    }),
    { numRuns: 5, endOnFailure: true },
  );
});

Deno.test("hostile 221: data comes out of a database as it went in", async () => {
  using history = new SqliteHistory(":memory:", { size: 1_000 });
  const app = new App({ rateLimit: false, rooms: { history } });
  app.on("back", async (client, since) => {
    await client.join("deck", since as { seq: number; epoch: string });
  });
  await using server = serve({ port: 0, hostname: "127.0.0.1", app });
  await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
  const heard: unknown[] = [];
  client.on("said", (data) => void heard.push(data));
  await client.ready();
  await fc.assert(
    fc.asyncProperty(manyData, async (many) => {
      heard.length = 0;
      for (const each of app.broadcast.clients()) each.leave("deck");
      const since = await history.current("deck");
      await Promise.all(many.map((data) => app.publish("deck", "said", data)));
      await client.emitWithAck("back", since);
      assertSame(heard, many);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

Deno.test("hostile 223: data that JSON cannot carry is refused at the call, at both ends", async () => {
  await using trip = await begin("websocket");
  const { app, client, peer } = trip;
  const bad = { list: [1, 2, 3, new Map()] };
  const text = "data.list[3] is a Map";
  const calls = [
    () => app.emit("told", bad),
    () => app.to("nobody").emit("told", bad),
    () => peer.emit("told", bad),
    () => client.emit("tell", bad),
    () => client.volatile.emit("tell", bad),
  ];
  for (const call of calls) assertThrows(call, TypeError, text);
  const promises = [
    () => app.publish("deck", "said", bad),
    () => peer.emitWithAck("question", bad),
    () => app.emitWithAck("question", bad),
    () => client.emitWithAck("echo", bad),
  ];
  for (const call of promises) await assertRejects(call, TypeError, text);
  assertThrows(() => new EventError("NO", "No", { details: bad }), TypeError, "list[3] is a Map");
  assertEquals(await client.emitWithAck("echo", "still here"), "still here");
});

Deno.test("hostile 223: a handler that returns what JSON cannot carry has failed", async () => {
  const errors: unknown[] = [];
  const app = new App({ onError: (error) => void errors.push(error) });
  app.on("map", () => new Map());
  await using server = serve({ port: 0, hostname: "127.0.0.1", app });
  await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
  const { cause } = await assertRejects(() => client.emitWithAck("map"), Error);
  assertEquals((cause as { code?: string }).code, "INTERNAL");
  assert(errors[0] instanceof TypeError && errors[0].message.includes("data is a Map"));
});

Deno.test("hostile 222: bytes that are none are refused by name, by each way in", async () => {
  await using trip = await begin("websocket");
  const { client } = trip;
  const heard = new Promise((resolve) => client.once("error", resolve));
  client.send('{"event":"tell","data":{"a":{"\\u0024base64":"!"}}}');
  assertEquals(await heard, { code: "INVALID_MESSAGE", message: "Bytes must be in base64" });
});

Deno.test("hostile 226: signs of life are answered, and are neither counted nor limited", async () => {
  const app = new App({ rateLimit: { perSecond: 1, burst: 1 } });
  app.on("echo", (_client, data) => data);
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    path: "/ws",
    app,
    wires: [fallback()],
  });
  let pongs = 0;
  const other: unknown[] = [];
  const url = `ws://127.0.0.1:${server.addr.port}/ws`;
  const socket = new WebSocket(url);
  socket.onmessage = ({ data }) => data === '{"type":"pong"}' ? pongs++ : other.push(data);
  await waitFor(() => other.length === 1);
  for (let n = 0; n < 500; n++) socket.send(n % 2 ? '{"type":"ping"}' : ' { "type" : "ping" } ');
  socket.send('{"type":"pong"}');
  await waitFor(() => pongs === 500);
  socket.send('{"id":"1","event":"echo","data":7}');
  await waitFor(() => other.length === 2);
  assertEquals(other[1], '{"ack":"1","data":7}');
  socket.close();

  const http = `http://127.0.0.1:${server.addr.port}`;
  const poller = new Poller(http, "");
  const { session } = await poller.poll();
  for (let n = 0; n < 20; n++) {
    const body = '{"type":"ping"}';
    const response = await fetch(`${http}/events?session=${session}`, { method: "POST", body });
    assertEquals(await response.json(), { messages: [{ type: "pong" }] });
  }
  assertEquals(server.stats().app["/"]?.errors.UNKNOWN_EVENT ?? 0, 0);
});
