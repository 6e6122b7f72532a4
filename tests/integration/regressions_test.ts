/**
 * Faults that users of earlier versions met, each by the input that showed it: a whole trip from
 * public client to public server. `tests/browser/regressions_test.ts` has those of pages.
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  apiKeys,
  App,
  type AppOptions,
  EventError,
  fallback,
  publish,
  serve,
  type Server,
} from "@hawser/ws";
import {
  type ClientOptions,
  connect,
  type HawserClient,
  type TransportName,
} from "@hawser/ws/client";
import { socketio } from "@hawser/ws/socketio";
import { SqliteHistory } from "@hawser/ws/sqlite";
import { io } from "socket.io-client";
import { EventStream } from "../support/event_stream.ts";
import { startProgram } from "../support/program.ts";
import { ReadmeFolder } from "../support/readme.ts";
import { TestNetwork } from "../support/test_network.ts";
import { requestUpgrade } from "../support/upgrade.ts";
import { waitFor } from "../support/wait.ts";

const transports: readonly TransportName[] = ["websocket", "sse", "poll"];

/** An application behind all wires, with the limits that are the default. */
class ServedApp implements AsyncDisposable {
  readonly app: App;
  readonly server: Server;
  readonly #clients: HawserClient[] = [];

  constructor(options: AppOptions<Record<string, unknown>, unknown> = {}) {
    this.app = new App({ rooms: true, ...options });
    const wires = [fallback(), publish({ auth: apiKeys(["KEY"]) }), socketio()];
    this.server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: this.app, wires });
  }

  get host(): string {
    return `127.0.0.1:${this.server.addr.port}`;
  }

  connect(options: ClientOptions = {}): HawserClient {
    const client = connect(`ws://${this.host}/ws`, { minDelay: 10, maxDelay: 50, ...options });
    this.#clients.push(client);
    return client;
  }

  /** Closes a client at the end that was connected elsewhere. */
  adopt(client: HawserClient): void {
    this.#clients.push(client);
  }

  /** Cuts all connections, as a network does. */
  cut(): void {
    for (const client of this.app.broadcast.clients()) client.terminate();
  }

  /** Publishes as README's curl does: the data names no room. */
  async curl(text: string): Promise<void> {
    const response = await fetch(`http://${this.host}/api/publish`, {
      method: "POST",
      headers: { authorization: "Bearer KEY" },
      body: `{"room":"abc","event":"note","data":{"text":"${text}"}}`,
    });
    assertEquals(response.status, 200, await response.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.server.shutdown({ deadline: 1_000 });
  }
}

Deno.test('client.join("abc") and GET /sse?room=abc enter the rooms of README\'s servers', async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  for (const name of ["server.ts", "wires.ts"]) {
    await using server = await startProgram(folder.file(name), { permissions });
    await using client = connect(`ws://${server.url.host}/ws`);
    assertEquals((await client.join("abc")).roomId, "abc");
    if (name === "server.ts") continue; // it has no fallback
    await using stream = await EventStream.open(`http://${server.url.host}/sse?room=abc`);
    assertEquals((await stream.until("room:joined")).data.roomId, "abc");
  }
});

Deno.test('client.join("abc") enters the rooms of examples/rooms.ts', async () => {
  const args = ["--port", "0"];
  await using server = await startProgram("examples/rooms.ts", { args });
  await using client = connect(`ws://${server.url.host}/`);
  const said = new Promise((resolve) => client.on("said", resolve));
  await client.join("abc");
  await client.emitWithAck("say", { room: "abc", text: "ahoy" });
  assertEquals((await said as { text: string }).text, "ahoy");
});

for (const transport of transports) {
  Deno.test(`publish by curl, cut, publish again: each message arrives once, by ${transport}`, async () => {
    await using served = new ServedApp();
    const client = served.connect({ transports: [transport] });
    const notes: unknown[] = [];
    client.on("note", (data) => void notes.push(data));
    await client.join("abc");
    await served.curl("one");
    await waitFor(() => notes.length === 1);
    served.cut();
    await served.curl("two");
    await waitFor(() => notes.length === 2);
    await served.curl("three");
    await waitFor(() => notes.length === 3);
    assertEquals(notes, [{ text: "one" }, { text: "two" }, { text: "three" }]);
  });

  Deno.test(`emit("score", { roomId: "abc", seq: 99 }) is heard, and starts no rejoin, by ${transport}`, async () => {
    await using served = new ServedApp();
    const client = served.connect({ transports: [transport] });
    const scores: unknown[] = [];
    client.on("score", (data) => void scores.push(data));
    const others: unknown[] = [];
    client.onGap((gap) => void others.push(gap));
    await client.join("abc");
    client.on("room:joined", (joined) => void others.push(joined));
    const score = { roomId: "abc", seq: 99 };
    served.app.to("abc").emit("score", score);
    await served.app.publish("abc", "score", score);
    served.app.to("abc").emit("score", score);
    await waitFor(() => scores.length === 3);
    assertEquals([scores, others, client.position("abc")?.seq], [[score, score, score], [], 1]);
  });

  Deno.test(`{ type: "news" }, 9, bytes and a Map arrive as they are or throw, by ${transport}`, async () => {
    const given = [{ type: "news" }, 9, Uint8Array.of(1, 2), { type: 1, seq: 2, stream: 3 }, null];
    const got: unknown[] = [];
    await using served = new ServedApp();
    served.app.on("echo", (client, data) => {
      got.push(data);
      client.emit("echoed", data);
      return data;
    });
    const client = served.connect({ transports: [transport] });
    const heard: unknown[] = [];
    client.on("echoed", (data) => void heard.push(data));
    const acks: unknown[] = [];
    for (const data of given) acks.push(await client.emitWithAck("echo", data));
    for (const data of given) client.emit("echo", data);
    const twice = [...given, ...given];
    await waitFor(() => heard.length === twice.length);
    assertEquals([got, acks, heard], [twice, given, twice]);
    const map = new Map([["a", 1]]);
    assertThrows(() => client.emit("echo", map), TypeError, "data is a Map");
    assertThrows(() => served.app.emit("echoed", map), TypeError, "data is a Map");
    await assertRejects(() => served.app.publish("abc", "m", map), TypeError, "data is a Map");
  });
}

Deno.test("joining 35 rooms on an open client leaves it open, where some are refused too", async () => {
  const asked: string[] = [];
  await using served = new ServedApp({
    rooms: (_client, room) => {
      asked.push(room);
      if (room.startsWith("shut")) throw new EventError("FORBIDDEN", "Shut");
    },
  });
  const client = served.connect();
  await client.ready();
  const names = Array.from({ length: 35 }, (_, i) => i % 7 === 0 ? `shut ${i}` : `room ${i}`);
  const joined = await Promise.allSettled(names.map((name) => client.join(name)));
  assertEquals(joined.filter(({ status }) => status === "rejected").length, 5);
  served.cut();
  await waitFor(() => asked.length === 65);
  const [member] = served.app.broadcast.clients();
  await waitFor(() => member!.rooms.size === 30);
  const refused = asked.filter((room) => room.startsWith("shut"));
  assertEquals([client.state, refused.length], ["open", 5]);
});

Deno.test("60 rooms are joined again by one message after a reconnect", async () => {
  await using served = new ServedApp();
  const client = served.connect();
  const names = Array.from({ length: 60 }, (_, index) => `room ${index}`);
  await Promise.all(names.map((name) => client.join(name)));
  const messages = () => served.server.stats().connections.messagesIn;
  const before = messages();
  let joined = 0;
  client.on("room:joined", () => void joined++);
  served.cut();
  await waitFor(() => joined === 60);
  assertEquals(messages() - before, 1);
});

Deno.test("an idle client counts as no UNKNOWN_EVENT and takes no token of the rate", async () => {
  await using served = new ServedApp({ rateLimit: { perSecond: 0.001, burst: 1 } });
  const { server } = served;
  const client = served.connect({ idleTimeout: 5, connectTimeout: 500 });
  await waitFor(() => server.stats().connections.messagesIn >= 3);
  const { events, errors } = server.stats().app["/"]!;
  assertEquals([events, errors.UNKNOWN_EVENT, errors.RATE_LIMITED], [0, 0, 0]);
  assertEquals(client.state, "open");
});

Deno.test("/sse, /poll, Socket.IO and WebSocket all ask the upgrade hook who comes in", async () => {
  const app = new App({ rooms: true });
  const wires = [fallback(), socketio()];
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    path: "/ws",
    app,
    wires,
    upgrade: (request) => {
      const isKnown = request.headers.get("cookie") === "user=ada";
      return isKnown ? { data: "ada" } : new Response("Sign in\n", { status: 401 });
    },
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const paths = ["/sse?room=abc", "/poll?room=abc", "/socket.io/?EIO=4&transport=polling"];
  for (const path of paths) {
    const response = await fetch(url + path);
    assertEquals([response.status, await response.text()], [401, "Sign in\n"], path);
  }
  assertEquals((await requestUpgrade(server.addr.port, "/ws")).status, 401);
  assertEquals(app.size, 0);
  await using stream = await EventStream.open(`${url}/sse?room=abc`, { cookie: "user=ada" });
  await stream.until("room:joined");
  assertEquals(app.broadcast.clients().map(({ user }) => user), ["ada"]);
});

Deno.test("two nodes share rooms and presence by a broker, .local stays on one, and stores are closed", async () => {
  await using network = new TestNetwork();
  const identify = ({ request }: { request: Request }) => ({
    sub: new URL(request.url).searchParams.get("name") ?? "",
  });
  const open = () => new ServedApp({ broker: network.node(), presence: true, identify });
  await using one = open();
  await using two = open();
  const heard: Record<string, unknown[]> = { ada: [], bob: [] };
  const online: unknown[] = [];
  const people = [[one, "ada"], [two, "bob"]] as const;
  for (const [{ host }, name] of people) {
    const client = connect(`ws://${host}/ws?name=${name}`);
    if (name === "ada") client.on("presence:update", (update) => void online.push(update));
    client.on("note", (data) => void heard[name]!.push(data));
    await client.join("abc");
    (name === "ada" ? one : two).adopt(client);
  }
  await waitFor(() => online.length === 1);
  assertEquals(online, [{ userId: "bob", status: "online" }]);

  one.app.to("abc").local.emit("note", "to ada");
  await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => (n % 2 ? one : two).app.publish("abc", "note", n)),
  );
  await waitFor(() => heard.ada!.length === 7 && heard.bob!.length === 6);
  assertEquals(heard.ada!.filter((each) => each !== "to ada"), heard.bob);
  assertEquals(heard.bob!.toSorted(), [1, 2, 3, 4, 5, 6]);

  const history = new SqliteHistory(":memory:");
  await new ServedApp({ rooms: { history } })[Symbol.asyncDispose]();
  await assertRejects(() => history.current("abc"), Error);
});

Deno.test("a refusal of the application is said by each wire in its way, and no option of a wire is ignored", async () => {
  await using served = new ServedApp();
  served.app.guard(() => {
    throw new EventError("FULL", "Nobody fits in any more", { details: { free: 0 } });
  });
  for (const path of ["/sse", "/poll"]) {
    const response = await fetch(`http://${served.host}${path}`);
    const { code, message, free } = await response.json();
    assertEquals([response.status, code, message, free], [
      403,
      "FULL",
      "Nobody fits in any more",
      0,
    ]);
  }
  assertEquals((await requestUpgrade(served.server.addr.port, "/ws")).status, 403);
  const socket = io(`http://${served.host}`, { transports: ["websocket"], forceNew: true });
  const error = await new Promise<Error & { data?: unknown }>((resolve) =>
    socket.on("connect_error", resolve)
  );
  socket.disconnect();
  assertEquals(error.message, "Nobody fits in any more");
  assertEquals(error.data, { code: "FULL", free: 0 });

  const app = new App();
  for (const name of ["fallback", "httpPublish"]) {
    const options = { [name]: {} } as object;
    assertThrows(() => new App(options), TypeError, `"${name}"`);
    assertThrows(() => app.of("/admin", options), TypeError, `"${name}"`);
  }
});

Deno.test("a second tab that joins with { last: 50 } finds what was said before it came", async () => {
  await using served = new ServedApp();
  const first = served.connect();
  await first.join("abc");
  for (let n = 1; n <= 120; n++) await served.app.publish("abc", "note", n);
  const second = served.connect();
  const heard: unknown[] = [];
  second.on("note", (data) => void heard.push(data));
  await second.join("abc", { last: 50 });
  assertEquals(heard, Array.from({ length: 50 }, (_, index) => index + 71));
  const third = served.connect();
  third.on("note", (data) => void heard.push(data));
  heard.length = 0;
  await third.join("abc", { last: 1_000 });
  assert(heard.length === 100, `the server keeps a hundred, and gave ${heard.length}`);
});
