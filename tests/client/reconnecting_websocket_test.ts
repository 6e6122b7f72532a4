import { assertEquals, assertThrows } from "@std/assert";
import {
  ReconnectingWebSocket,
  type ReconnectingWebSocketOptions,
} from "../../client/reconnecting_websocket.ts";
import { ManualClock } from "../support/clients.ts";
import { EchoServer } from "../support/echo.ts";
import { fakeWebSockets } from "../support/fake_web_socket.ts";
import { waitFor } from "../support/wait.ts";

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

Deno.test("ReconnectingWebSocket begins anew after a connection", () => {
  const { clock, sockets, ws } = setUp({ reconnectInterval: 10, maxRetries: 1 });
  for (let count = 1; count <= 5; count++) {
    sockets.at(-1)?.open();
    assertEquals(ws.retries, 0);
    sockets.at(-1)?.end(1012);
    clock.pass(20);
    assertEquals([sockets.length, ws.retries], [count + 1, 1]);
  }
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
