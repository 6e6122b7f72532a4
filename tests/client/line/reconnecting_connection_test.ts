import { assertEquals } from "@std/assert";
import {
  type ConnectionOptions,
  ReconnectingConnection,
} from "../../../client/line/reconnecting_connection.ts";
import { TransportSelector } from "../../../client/transports/transport_selector.ts";
import type { StateChange } from "../../../client/state.ts";
import type { Target } from "../../../client/transports/transport.ts";
import { webSocketTransport } from "../../../client/transports/websocket.ts";
import { ManualClock } from "../../support/clients.ts";
import { FakeNetwork } from "../../support/fake_client.ts";
import { type FakeWebSocket, fakeWebSockets } from "../../support/fake_web_socket.ts";
import { waitFor } from "../../support/wait.ts";

const target: Target = { url: new URL("ws://server.test/ws"), protocols: [] };

interface Extra extends Partial<ConnectionOptions> {
  readonly target?: () => Promise<Target>;
  readonly mayRenew?: boolean;
}

function setUp({ target: getTarget, mayRenew = false, ...options }: Extra = {}) {
  const clock = new ManualClock();
  const network = new FakeNetwork();
  const { WebSocket, sockets } = fakeWebSockets();
  const changes: StateChange[] = [];
  const news: unknown[] = [];
  const connection: ReconnectingConnection = new ReconnectingConnection(
    {
      minDelay: 1_000,
      maxDelay: 30_000,
      maxRetries: Infinity,
      connectTimeout: 10_000,
      closeTimeout: 3_000,
      random: () => 0.5,
      clock,
      network,
      ...options,
    },
    new TransportSelector([{ name: "websocket", open: webSocketTransport(WebSocket, false) }], 3),
    {
      target: getTarget ?? (() => Promise.resolve(target)),
      probeTarget: getTarget ?? (() => Promise.resolve(target)),
      preferredAvailable: () => news.push("preferredAvailable"),
      opened: () => news.push("opened"),
      message: (data) => news.push(data),
      alive: () => {},
      refused: () => {},
      lost: () => news.push("lost"),
      mayRenew: () => mayRenew,
      networkChanged: () => news.push("networkChanged"),
      changed: (change) => changes.push(change),
    },
  );
  async function socket(count: number): Promise<FakeWebSocket> {
    await waitFor(() => sockets.length >= count);
    return sockets[count - 1]!;
  }
  /** Connects, or waits for the next connection, and opens it. */
  async function open(count: number): Promise<FakeWebSocket> {
    const opened = await socket(count);
    opened.open();
    connection.establish();
    return opened;
  }
  const states = () => changes.map(({ state }) => state);
  return { clock, network, sockets, changes, news, connection, socket, open, states };
}

Deno.test("ReconnectingConnection connects, carries messages, and closes", async () => {
  const { connection, open, news, changes } = setUp();
  connection.connect();
  const socket = await open(1);
  connection.send("out");
  socket.receive("in");
  void connection.close(1000, "bye");
  assertEquals([socket.sent, news], [["out"], ["opened", "in", "lost"]]);
  assertEquals(socket.closedWith, [1000, "bye"]);
  assertEquals(changes, [
    { state: "connecting", retryIn: 0 },
    { state: "open", transport: "websocket" },
    { state: "closed", close: { code: 1000, reason: "bye", wasClean: true } },
  ]);
});

Deno.test("ReconnectingConnection waits longer after each failure, up to thirty seconds", async () => {
  const { clock, connection, socket, changes } = setUp();
  connection.connect();
  for (let count = 1; count <= 7; count++) {
    (await socket(count)).end();
    const { retryIn = 0 } = changes.at(-1)!;
    clock.pass(retryIn);
  }
  const delays = changes.map(({ retryIn = 0 }) => retryIn).filter((delay) => delay > 0);
  assertEquals(delays, [1_500, 2_500, 4_500, 8_500, 15_500, 15_500, 15_500]);
  await socket(8);
});

Deno.test("ReconnectingConnection forgets failures after a connection that has lasted, and only then", async () => {
  const { clock, connection, open, changes } = setUp();
  connection.connect();
  (await open(1)).end(1012);
  assertEquals(changes.at(-1)?.retryIn, 1_500);
  clock.pass(1_500);
  (await open(2)).end(1012);
  assertEquals(changes.at(-1)?.retryIn, 2_500);
  clock.pass(2_500);
  const lasting = await open(3);
  clock.pass(5_000);
  lasting.end(1012);
  assertEquals(changes.at(-1)?.retryIn, 1_500);
});

Deno.test("ReconnectingConnection stays closed after a code that says so", async () => {
  const { clock, connection, open, states } = setUp();
  connection.connect();
  (await open(1)).end(1008, "Authentication failed");
  assertEquals([states(), clock.size], [["connecting", "open", "closed"], 0]);
});

Deno.test("ReconnectingConnection waits and returns after a 1008 for rate", async () => {
  const { clock, connection, open, socket, changes } = setUp();
  connection.connect();
  (await open(1)).end(1008, "Rate limit exceeded");
  assertEquals([connection.state, changes.at(-1)?.retryIn], ["reconnecting", 30_000]);
  clock.pass(30_000);
  await socket(2);
});

Deno.test("ReconnectingConnection connects again after 4401 where there is another token", async () => {
  const { clock, connection, open, socket, states } = setUp({ mayRenew: true });
  connection.connect();
  (await open(1)).end(4401);
  clock.pass(1_500);
  await socket(2);
  assertEquals(states(), ["connecting", "open", "reconnecting", "reconnecting"]);
});

Deno.test("ReconnectingConnection tells when it waits for an attempt, and when it makes one", async () => {
  const { clock, connection, open, socket, changes } = setUp();
  connection.connect();
  (await open(1)).end(1012, "Restart");
  clock.pass(1_500);
  await socket(2);
  const close = { code: 1012, reason: "Restart", wasClean: true };
  assertEquals(changes.slice(2), [
    { state: "reconnecting", close, retryIn: 1_500 },
    { state: "reconnecting", retryIn: 0 },
  ]);
});

Deno.test("ReconnectingConnection gives up after so many retries", async () => {
  const { clock, connection, socket, sockets, changes } = setUp({ maxRetries: 2 });
  connection.connect();
  for (let count = 1; count <= 3; count++) {
    (await socket(count)).end();
    clock.pass(changes.at(-1)?.retryIn ?? 0);
  }
  const waits = changes.filter(({ retryIn = 0 }) => retryIn > 0).length;
  assertEquals([waits, connection.state], [2, "closed"]);
  assertEquals([sockets.length, clock.size], [3, 0]);
});

Deno.test("ReconnectingConnection gives up an attempt that takes too long, and ignores it from then on", async () => {
  const { clock, connection, socket, news, states } = setUp();
  connection.connect();
  const slow = await socket(1);
  clock.pass(10_000);
  assertEquals([states(), slow.closedWith], [["connecting", "reconnecting"], [1000, ""]]);
  slow.open();
  slow.receive("late");
  slow.end();
  assertEquals([states().length, news, clock.size], [2, [], 2]);
  await Promise.resolve();
  assertEquals(clock.size, 1, "the end of the attempt is not waited for any more");
});

Deno.test("ReconnectingConnection gives up a connection that is not ready in time", async () => {
  const { clock, connection, socket, news, states } = setUp();
  connection.connect();
  (await socket(1)).open();
  clock.pass(10_000);
  assertEquals([news, states()], [["opened", "lost"], ["connecting", "reconnecting"]]);
});

Deno.test("ReconnectingConnection never has two connections, however often it is told to connect", async () => {
  const { clock, connection, socket, sockets, open, news } = setUp();
  for (let count = 0; count < 5; count++) connection.connect();
  const first = await open(1);
  connection.connect();
  connection.connect();
  const second = await open(2);
  first.receive("late");
  first.end(1008);
  second.receive("now");
  assertEquals([first.closedWith, second.closedWith], [[1000, ""], undefined]);
  assertEquals(news, ["opened", "lost", "opened", "now"]);
  second.end();
  connection.connect();
  await socket(3);
  assertEquals([sockets.length, connection.state, clock.size], [3, "reconnecting", 1]);
});

Deno.test("ReconnectingConnection drops a target that comes when it is not wanted any more", async () => {
  const late = Promise.withResolvers<Target>();
  const given = [late.promise, Promise.resolve(target)];
  const { connection, socket, sockets } = setUp({ target: () => given.shift()! });
  connection.connect();
  connection.connect();
  await socket(1);
  late.resolve(target);
  await late.promise;
  assertEquals(sockets.length, 1);
  void connection.close(1000, "");
});

Deno.test("ReconnectingConnection tries again where there is no target", async () => {
  const given = [Promise.reject(new Error("no token")), Promise.resolve(target)];
  const { clock, connection, socket, changes } = setUp({ target: () => given.shift()! });
  connection.connect();
  await waitFor(() => changes.length === 2);
  assertEquals(changes[1]?.close?.reason, "Error: no token");
  clock.pass(1_500);
  await socket(1);
});

Deno.test("ReconnectingConnection tries rarely without a network, and at once when it is back", async () => {
  const { clock, network, connection, open, socket, changes } = setUp();
  connection.connect();
  network.isOnline = false;
  (await open(1)).end();
  assertEquals(changes.at(-1)?.retryIn, 30_000);
  clock.pass(30_000);
  (await socket(2)).end();
  network.isOnline = true;
  network.tell("online");
  await open(3);
  assertEquals(connection.state, "open");
});

Deno.test("ReconnectingConnection connects at once when the network is back, or the page is seen", async () => {
  for (const change of ["online", "visible"] as const) {
    const { clock, network, connection, open, socket } = setUp();
    connection.connect();
    (await open(1)).end();
    network.tell(change);
    await socket(2);
    assertEquals(clock.size, 1, "only the attempt has a timer");
  }
});

Deno.test("ReconnectingConnection lets an open connection be examined when the network has changed", async () => {
  const { network, connection, open, sockets, news } = setUp();
  connection.connect();
  await open(1);
  network.tell("online");
  assertEquals([news, sockets.length], [["opened", "networkChanged"], 1]);
  connection.fail("Server is silent");
  assertEquals(connection.state, "reconnecting");
});

Deno.test("ReconnectingConnection.close() ends timers and listeners, in every state", async () => {
  for (const at of ["connecting", "open", "reconnecting"]) {
    const { clock, network, connection, sockets, socket, open } = setUp();
    connection.connect();
    if (at === "connecting") await socket(1);
    else if (at === "open") await open(1);
    else (await socket(1)).end();
    assertEquals(connection.state, at);
    const closed = Promise.all([connection.close(1000, ""), connection.close(1000, "")]);
    assertEquals([connection.state, network.size], ["closed", 0]);
    sockets[0]?.end(1000);
    await closed;
    assertEquals(clock.size, 0);
  }
});

Deno.test("hostile 204: ReconnectingConnection.close() waits for no answer that does not come", async () => {
  const { clock, connection, open } = setUp();
  connection.connect();
  const socket = await open(1);
  let isTerminated = false;
  Object.assign(socket, { terminate: () => isTerminated = true });
  let isClosed = false;
  const closed = connection.close(1000, "").then(() => isClosed = true);
  clock.pass(2_999);
  await Promise.resolve();
  assertEquals([isClosed, isTerminated], [false, false]);
  clock.pass(1);
  await closed;
  assertEquals([isClosed, isTerminated, clock.size], [true, true, 0]);
});

Deno.test("hostile 204: ReconnectingConnection frees a connection that does not answer, and was given up", async () => {
  const { clock, connection, open } = setUp();
  connection.connect();
  const socket = await open(1);
  let isTerminated = false;
  Object.assign(socket, { terminate: () => isTerminated = true });
  connection.fail("Server is silent");
  clock.pass(3_000);
  assertEquals(isTerminated, true);
});

Deno.test("ReconnectingConnection.close() ends where the WebSocket class throws", async () => {
  const { clock, connection, open, sockets } = setUp();
  connection.connect();
  await open(1);
  sockets[0]!.close = () => {
    throw new RangeError("code");
  };
  await connection.close(4000, "");
  assertEquals([connection.state, clock.size], ["closed", 0]);
});

Deno.test("ReconnectingConnection.connect() opens a closed line", async () => {
  const { connection, open, states } = setUp();
  connection.connect();
  (await open(1)).end(1000);
  connection.connect();
  await open(2);
  assertEquals(states(), ["connecting", "open", "closed", "connecting", "open"]);
});
