import { assertEquals, assertThrows } from "@std/assert";
import { ReconnectingWebSocket } from "../../../client/reconnecting_websocket/reconnecting_websocket.ts";
import type { ReconnectingWebSocketOptions } from "../../../client/reconnecting_websocket/socket_options.ts";
import { ManualClock } from "../../support/clients.ts";
import { EchoServer } from "../../support/echo.ts";
import { fakeWebSockets } from "../../support/fake_web_socket.ts";
import { waitFor } from "../../support/wait.ts";

function setUp(options: ReconnectingWebSocketOptions = {}) {
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  const news: unknown[] = [];
  const ws = new ReconnectingWebSocket("ws://server.test/ws", {
    onopen: () => news.push("open"),
    onmessage: ({ data }) => news.push(data),
    onclose: ({ code }) => news.push(code),
    onerror: ({ type }) => news.push(type),
    WebSocket,
    clock,
    random: () => 1,
    ...options,
  });
  return { clock, sockets, news, ws };
}

Deno.test("ReconnectingWebSocket calls its handlers", () => {
  const { sockets, news, ws } = setUp({ protocols: ["chat"] });
  const [socket] = sockets;
  assertEquals([socket?.url, socket?.protocols, ws.readyState], [ws.url, ["chat"], 0]);
  socket?.open();
  socket?.receive("hello");
  socket?.end();
  assertEquals([news, ws.readyState], [["open", "hello", "error", 1006], 3]);
});

Deno.test("ReconnectingWebSocket waits longer after each failure, up to thirty seconds", () => {
  const { clock, sockets, ws } = setUp({ maxRetries: 6 });
  for (const delay of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    sockets.at(-1)?.end();
    const count = sockets.length;
    clock.pass(delay - 1);
    assertEquals(sockets.length, count);
    clock.pass(1);
    assertEquals(sockets.length, count + 1);
  }
  sockets.at(-1)?.end();
  assertEquals([clock.size, ws.retries, ws.readyState], [0, 6, 3]);
});

Deno.test("ReconnectingWebSocket begins anew after a connection that has lasted", () => {
  const { clock, sockets, ws } = setUp({ reconnectInterval: 10, maxRetries: 1 });
  for (let count = 1; count <= 5; count++) {
    sockets.at(-1)?.open();
    clock.pass(count === 1 ? 10 : 20);
    sockets.at(-1)?.end(1012);
    clock.pass(20);
    assertEquals([sockets.length, ws.retries], [count + 1, 1]);
  }
});

Deno.test("hostile 206: ReconnectingWebSocket gives up a server that accepts and closes", () => {
  const { clock, sockets, news, ws } = setUp({ maxRetries: 5 });
  for (let count = 1; count <= 6; count++) {
    assertEquals(sockets.length, count);
    sockets.at(-1)?.open();
    clock.pass(900);
    sockets.at(-1)?.end(1012);
    clock.pass(30_000);
  }
  assertEquals([sockets.length, clock.size, ws.retries, ws.readyState], [6, 0, 5, 3]);
  assertEquals(news.filter((each) => each === 1012).length, 6);
});

Deno.test("hostile 204: ReconnectingWebSocket.close() waits for no answer that does not come", () => {
  const { clock, sockets, news, ws } = setUp({ closeTimeout: 100 });
  let isTerminated = false;
  Object.assign(sockets[0]!, { terminate: () => isTerminated = true });
  sockets[0]?.open();
  ws.close(4000, "enough");
  clock.pass(99);
  assertEquals([news, isTerminated, ws.readyState], [["open"], false, 2]);
  clock.pass(1);
  assertEquals([news, isTerminated, ws.readyState], [["open", 1006], true, 3]);
  sockets[0]?.end(4000);
  clock.pass(60_000);
  assertEquals([news.length, sockets.length], [2, 1]);
});

Deno.test("ReconnectingWebSocket has what a WebSocket has", () => {
  const { sockets, clock, ws } = setUp();
  const heard: string[] = [];
  const listener = {
    handleEvent: ({ type, target }: Event) => heard.push(`${type} ${target === ws}`),
  };
  ws.addEventListener("open", listener);
  ws.addEventListener("message", ({ data }) => heard.push(data), { once: true });
  ws.addEventListener("close", ({ code, reason, wasClean }) => {
    heard.push(`${code} ${reason} ${wasClean}`);
  });
  assertEquals([ws.binaryType, ws.bufferedAmount, ws.protocol, ws.extensions], ["blob", 0, "", ""]);
  ws.binaryType = "arraybuffer";
  Object.assign(sockets[0]!, { bufferedAmount: 7, protocol: "chat", extensions: "x" });
  sockets[0]?.open();
  for (const data of ["one", "two"]) sockets[0]?.receive(data);
  assertEquals([ws.bufferedAmount, ws.protocol, ws.extensions], [7, "chat", "x"]);
  sockets[0]?.end(1012, "Restart");
  assertEquals([ws.bufferedAmount, ws.protocol, ws.extensions], [0, "", ""]);
  clock.pass(2_000);
  ws.removeEventListener("open", listener);
  sockets[1]?.open();
  assertEquals(sockets[1]?.binaryType, "arraybuffer");
  assertEquals(heard, ["open true", "one", "1012 Restart true"]);
});

Deno.test("ReconnectingWebSocket asks a function for the address before each attempt", async () => {
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  const answers = ["ws://one.test/", new Error("not yet"), new URL("ws://two.test/")];
  const news: unknown[] = [];
  const ws = new ReconnectingWebSocket(() => {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? "");
  }, { WebSocket, clock, random: () => 0, onclose: ({ code, reason }) => news.push(code, reason) });
  ws.addEventListener("error", (event) => news.push(event.type));
  assertEquals([ws.url, ws.readyState], ["", 0]);
  await waitFor(() => sockets.length === 1);
  assertEquals(ws.url, "ws://one.test/");
  sockets[0]?.end(1012);
  clock.pass(1_000);
  await waitFor(() => news.length === 5);
  assertEquals(news, [1012, "", "error", 1006, "Error: not yet"]);
  clock.pass(1_000);
  await waitFor(() => sockets.length === 2);
  assertEquals([ws.url, ws.retries], ["ws://two.test/", 2]);
});

Deno.test("ReconnectingWebSocket.close() before there is an address ends it", async () => {
  const address = Promise.withResolvers<string>();
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  const codes: number[] = [];
  const ws = new ReconnectingWebSocket(() => address.promise, {
    WebSocket,
    clock,
    onclose: ({ code }) => codes.push(code),
  });
  ws.close();
  clock.pass(0);
  address.resolve("ws://late.test/");
  await address.promise;
  await Promise.resolve();
  assertEquals([codes, sockets.length, ws.readyState, clock.size], [[1006], 0, 3, 0]);
});

Deno.test("ReconnectingWebSocket waits for ever where it is told to", () => {
  const { WebSocket, sockets } = fakeWebSockets();
  const { setTimeout } = globalThis;
  let timers = 0;
  Object.assign(globalThis, { setTimeout: () => ++timers });
  try {
    new ReconnectingWebSocket("ws://server.test/", { WebSocket, reconnectInterval: Infinity });
    sockets[0]?.end();
  } finally {
    Object.assign(globalThis, { setTimeout });
  }
  assertEquals([timers, sockets.length], [0, 1]);
});

Deno.test("ReconnectingWebSocket.close() stops it, in every state", () => {
  for (const state of ["connecting", "open", "waiting"]) {
    const { clock, sockets, news, ws } = setUp();
    if (state === "open") sockets[0]?.open();
    if (state === "waiting") sockets[0]?.end();
    else ws.close(4000, "enough");
    ws.close();
    if (state !== "waiting") sockets[0]?.end(4000);
    clock.pass(100_000);
    assertEquals([sockets.length, clock.size, ws.readyState], [1, 0, 3]);
    assertEquals(news.at(-1), state === "waiting" ? 1006 : 4000);
  }
});

Deno.test("ReconnectingWebSocket stays closed where the server says so", () => {
  const { clock, sockets, news } = setUp();
  sockets[0]?.open();
  sockets[0]?.end(1008, "Not authenticated");
  assertEquals([clock.size, news], [0, ["open", 1008]]);
});

Deno.test("ReconnectingWebSocket waits and returns after a 1008 for rate", () => {
  const { clock, sockets } = setUp();
  sockets[0]?.open();
  sockets[0]?.end(1008, "Rate limit exceeded");
  clock.pass(29_999);
  assertEquals(sockets.length, 1);
  clock.pass(1);
  assertEquals(sockets.length, 2);
});

Deno.test("ReconnectingWebSocket never has two connections", () => {
  const { clock, sockets, news, ws } = setUp();
  ws.connect();
  sockets[0]?.open();
  ws.connect();
  assertEquals(sockets.length, 1);
  sockets[0]?.end();
  ws.connect();
  clock.pass(100_000);
  assertEquals(sockets.length, 2);
  sockets[1]?.open();
  ws.close();
  ws.connect();
  sockets[2]?.open();
  const count = news.length;
  sockets[1]?.receive("late");
  sockets[1]?.end(1000);
  assertEquals([sockets.length, news.length, clock.size], [3, count, 0]);
});

Deno.test("ReconnectingWebSocket.close() in a handler of its end is heeded", () => {
  const { clock, sockets, ws } = setUp({ onclose: () => ws.close() });
  sockets[0]?.end();
  clock.pass(100_000);
  assertEquals(sockets.length, 1);
});

Deno.test("ReconnectingWebSocket.send() tells whether there was a connection", () => {
  const { sockets, ws } = setUp();
  assertEquals(ws.send("early"), false);
  sockets[0]?.open();
  assertEquals(ws.send("now"), true);
  sockets[0]?.end();
  assertEquals([ws.send("late"), sockets[0]?.sent], [false, ["now"]]);
});

Deno.test("ReconnectingWebSocket wants a WebSocket", () => {
  const { WebSocket } = globalThis;
  Reflect.deleteProperty(globalThis, "WebSocket");
  try {
    assertThrows(() => new ReconnectingWebSocket("ws://server.test"), TypeError, "no WebSocket");
  } finally {
    globalThis.WebSocket = WebSocket;
  }
});

Deno.test("ReconnectingWebSocket comes back to a real server", async () => {
  await using echo = new EchoServer();
  const heard: unknown[] = [];
  const ws = new ReconnectingWebSocket(echo.url(), {
    reconnectInterval: 1,
    onopen: () => ws.send(`${echo.opened.length}`),
    onmessage: ({ data }) => heard.push(data),
  });
  await waitFor(() => heard.length === 1);
  echo.opened[0]?.terminate();
  await waitFor(() => heard.length === 2);
  echo.opened[1]?.close(1012, "Server shutting down");
  await waitFor(() => heard.length === 3);
  const closed = new Promise((resolve) => ws.onclose = resolve);
  ws.close();
  await closed;
  assertEquals(heard, ["1", "2", "3"]);
});
