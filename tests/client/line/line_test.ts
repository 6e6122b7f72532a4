import { assertEquals } from "@std/assert";
import { Line, type LineOptions } from "../../../client/line/line.ts";
import { Route } from "../../../client/transports/route.ts";
import type { StateChange } from "../../../client/state.ts";
import type { Target } from "../../../client/transports/transport.ts";
import { webSocketTransport } from "../../../client/transports/websocket.ts";
import { ManualClock } from "../../support/clients.ts";
import { FakeNetwork } from "../../support/fake_client.ts";
import { type FakeWebSocket, fakeWebSockets } from "../../support/fake_web_socket.ts";
import { waitFor } from "../../support/wait.ts";

const target: Target = { url: new URL("ws://server.test/ws"), protocols: [] };

interface Extra extends Partial<LineOptions> {
  readonly target?: () => Promise<Target>;
  readonly mayRenew?: boolean;
}

function setUp({ target: getTarget, mayRenew = false, ...options }: Extra = {}) {
  const clock = new ManualClock();
  const network = new FakeNetwork();
  const { WebSocket, sockets } = fakeWebSockets();
  const changes: StateChange[] = [];
  const news: unknown[] = [];
  const line: Line = new Line(
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
    new Route([{ name: "websocket", open: webSocketTransport(WebSocket, false) }], 3),
    {
      target: getTarget ?? (() => Promise.resolve(target)),
      probeTarget: getTarget ?? (() => Promise.resolve(target)),
      better: () => news.push("better"),
      opened: () => news.push("opened"),
      message: (data) => news.push(data),
      alive: () => {},
      refused: () => {},
      lost: () => news.push("lost"),
      mayRenew: () => mayRenew,
      shaken: () => news.push("shaken"),
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
    line.establish();
    return opened;
  }
  const states = () => changes.map(({ state }) => state);
  return { clock, network, sockets, changes, news, line, socket, open, states };
}

Deno.test("Line connects, carries messages, and closes", async () => {
  const { line, open, news, changes } = setUp();
  line.connect();
  const socket = await open(1);
  line.send("out");
  socket.receive("in");
  void line.close(1000, "bye");
  assertEquals([socket.sent, news], [["out"], ["opened", "in", "lost"]]);
  assertEquals(socket.closedWith, [1000, "bye"]);
  assertEquals(changes, [
    { state: "connecting", retryIn: 0 },
    { state: "open", transport: "websocket" },
    { state: "closed", close: { code: 1000, reason: "bye", wasClean: true } },
  ]);
});

Deno.test("Line waits longer after each failure, up to thirty seconds", async () => {
  const { clock, line, socket, changes } = setUp();
  line.connect();
  for (let count = 1; count <= 7; count++) {
    (await socket(count)).end();
    const { retryIn = 0 } = changes.at(-1)!;
    clock.pass(retryIn);
  }
  const delays = changes.map(({ retryIn = 0 }) => retryIn).filter((delay) => delay > 0);
  assertEquals(delays, [1_500, 2_500, 4_500, 8_500, 15_500, 15_500, 15_500]);
  await socket(8);
});

Deno.test("Line forgets failures after a connection that has lasted, and only then", async () => {
  const { clock, line, open, changes } = setUp();
  line.connect();
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

Deno.test("Line stays closed after a code that says so", async () => {
  const { clock, line, open, states } = setUp();
  line.connect();
  (await open(1)).end(1008, "Authentication failed");
  assertEquals([states(), clock.size], [["connecting", "open", "closed"], 0]);
});

Deno.test("Line waits and returns after a 1008 for rate", async () => {
  const { clock, line, open, socket, changes } = setUp();
  line.connect();
  (await open(1)).end(1008, "Rate limit exceeded");
  assertEquals([line.state, changes.at(-1)?.retryIn], ["reconnecting", 30_000]);
  clock.pass(30_000);
  await socket(2);
});

Deno.test("Line connects again after 4401 where there is another token", async () => {
  const { clock, line, open, socket, states } = setUp({ mayRenew: true });
  line.connect();
  (await open(1)).end(4401);
  clock.pass(1_500);
  await socket(2);
  assertEquals(states(), ["connecting", "open", "reconnecting", "reconnecting"]);
});

Deno.test("Line tells when it waits for an attempt, and when it makes one", async () => {
  const { clock, line, open, socket, changes } = setUp();
  line.connect();
  (await open(1)).end(1012, "Restart");
  clock.pass(1_500);
  await socket(2);
  const close = { code: 1012, reason: "Restart", wasClean: true };
  assertEquals(changes.slice(2), [
    { state: "reconnecting", close, retryIn: 1_500 },
    { state: "reconnecting", retryIn: 0 },
  ]);
});

Deno.test("Line gives up after so many retries", async () => {
  const { clock, line, socket, sockets, changes } = setUp({ maxRetries: 2 });
  line.connect();
  for (let count = 1; count <= 3; count++) {
    (await socket(count)).end();
    clock.pass(changes.at(-1)?.retryIn ?? 0);
  }
  const waits = changes.filter(({ retryIn = 0 }) => retryIn > 0).length;
  assertEquals([waits, line.state], [2, "closed"]);
  assertEquals([sockets.length, clock.size], [3, 0]);
});

Deno.test("Line gives up an attempt that takes too long, and ignores it from then on", async () => {
  const { clock, line, socket, news, states } = setUp();
  line.connect();
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

Deno.test("Line gives up a connection that is not ready in time", async () => {
  const { clock, line, socket, news, states } = setUp();
  line.connect();
  (await socket(1)).open();
  clock.pass(10_000);
  assertEquals([news, states()], [["opened", "lost"], ["connecting", "reconnecting"]]);
});

Deno.test("Line never has two connections, however often it is told to connect", async () => {
  const { clock, line, socket, sockets, open, news } = setUp();
  for (let count = 0; count < 5; count++) line.connect();
  const first = await open(1);
  line.connect();
  line.connect();
  const second = await open(2);
  first.receive("late");
  first.end(1008);
  second.receive("now");
  assertEquals([first.closedWith, second.closedWith], [[1000, ""], undefined]);
  assertEquals(news, ["opened", "lost", "opened", "now"]);
  second.end();
  line.connect();
  await socket(3);
  assertEquals([sockets.length, line.state, clock.size], [3, "reconnecting", 1]);
});

Deno.test("Line drops a target that comes when it is not wanted any more", async () => {
  const late = Promise.withResolvers<Target>();
  const given = [late.promise, Promise.resolve(target)];
  const { line, socket, sockets } = setUp({ target: () => given.shift()! });
  line.connect();
  line.connect();
  await socket(1);
  late.resolve(target);
  await late.promise;
  assertEquals(sockets.length, 1);
  void line.close(1000, "");
});

Deno.test("Line tries again where there is no target", async () => {
  const given = [Promise.reject(new Error("no token")), Promise.resolve(target)];
  const { clock, line, socket, changes } = setUp({ target: () => given.shift()! });
  line.connect();
  await waitFor(() => changes.length === 2);
  assertEquals(changes[1]?.close?.reason, "Error: no token");
  clock.pass(1_500);
  await socket(1);
});

Deno.test("Line tries rarely without a network, and at once when it is back", async () => {
  const { clock, network, line, open, socket, changes } = setUp();
  line.connect();
  network.isOnline = false;
  (await open(1)).end();
  assertEquals(changes.at(-1)?.retryIn, 30_000);
  clock.pass(30_000);
  (await socket(2)).end();
  network.isOnline = true;
  network.tell("online");
  await open(3);
  assertEquals(line.state, "open");
});

Deno.test("Line connects at once when the network is back, or the page is seen", async () => {
  for (const change of ["online", "visible"] as const) {
    const { clock, network, line, open, socket } = setUp();
    line.connect();
    (await open(1)).end();
    network.tell(change);
    await socket(2);
    assertEquals(clock.size, 1, "only the attempt has a timer");
  }
});

Deno.test("Line lets an open connection be examined when the network has changed", async () => {
  const { network, line, open, sockets, news } = setUp();
  line.connect();
  await open(1);
  network.tell("online");
  assertEquals([news, sockets.length], [["opened", "shaken"], 1]);
  line.lose("Server is silent");
  assertEquals(line.state, "reconnecting");
});

Deno.test("Line.close() ends timers and listeners, in every state", async () => {
  for (const at of ["connecting", "open", "reconnecting"]) {
    const { clock, network, line, sockets, socket, open } = setUp();
    line.connect();
    if (at === "connecting") await socket(1);
    else if (at === "open") await open(1);
    else (await socket(1)).end();
    assertEquals(line.state, at);
    const closed = Promise.all([line.close(1000, ""), line.close(1000, "")]);
    assertEquals([line.state, network.size], ["closed", 0]);
    sockets[0]?.end(1000);
    await closed;
    assertEquals(clock.size, 0);
  }
});

Deno.test("hostile 204: Line.close() waits for no answer that does not come", async () => {
  const { clock, line, open } = setUp();
  line.connect();
  const socket = await open(1);
  let isTerminated = false;
  Object.assign(socket, { terminate: () => isTerminated = true });
  let isClosed = false;
  const closed = line.close(1000, "").then(() => isClosed = true);
  clock.pass(2_999);
  await Promise.resolve();
  assertEquals([isClosed, isTerminated], [false, false]);
  clock.pass(1);
  await closed;
  assertEquals([isClosed, isTerminated, clock.size], [true, true, 0]);
});

Deno.test("hostile 204: Line frees a connection that does not answer, and was given up", async () => {
  const { clock, line, open } = setUp();
  line.connect();
  const socket = await open(1);
  let isTerminated = false;
  Object.assign(socket, { terminate: () => isTerminated = true });
  line.lose("Server is silent");
  clock.pass(3_000);
  assertEquals(isTerminated, true);
});

Deno.test("Line.close() ends where the WebSocket class throws", async () => {
  const { clock, line, open, sockets } = setUp();
  line.connect();
  await open(1);
  sockets[0]!.close = () => {
    throw new RangeError("code");
  };
  await line.close(4000, "");
  assertEquals([line.state, clock.size], ["closed", 0]);
});

Deno.test("Line.connect() opens a closed line", async () => {
  const { line, open, states } = setUp();
  line.connect();
  (await open(1)).end(1000);
  line.connect();
  await open(2);
  assertEquals(states(), ["connecting", "open", "closed", "connecting", "open"]);
});
