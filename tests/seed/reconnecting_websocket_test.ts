/** The reconnecting WebSocket with exponential backoff: its usage, and what it must not do. */

import { ReconnectingWebSocket } from "@hawser/ws/client";
import { assertEquals } from "@std/assert";
import { ManualClock } from "../support/clients.ts";
import { EchoServer } from "../support/echo.ts";
import { fakeWebSockets } from "../support/fake_web_socket.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("seed: ReconnectingWebSocket is used as before", async () => {
  await using server = new EchoServer();
  const news: string[] = [];
  const ws = new ReconnectingWebSocket(server.url("/ws"), {
    onopen: () => news.push("Connected!"),
    onmessage: (e) => news.push(`Message: ${e.data}`),
    onclose: (e) => news.push(`Closed: ${e.code}`),
    reconnectInterval: 1,
    maxRetries: 10,
  });
  await waitFor(() => ws.send("hello"));
  await waitFor(() => news.length === 2);
  server.opened[0]?.close(1012, "Server shutting down");
  await waitFor(() => news.length === 4);
  ws.close();
  await waitFor(() => news.length === 5);
  assertEquals(news, [
    "Connected!",
    "Message: hello",
    "Closed: 1012",
    "Connected!",
    "Closed: 1005",
  ]);
});

Deno.test("seed: ReconnectingWebSocket doubles its delay from 1 s, with jitter, up to 30 s", () => {
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  const chances = [0, 0.5, 1, 0, 0.5, 1];
  const random = () => chances.shift() ?? 0;
  new ReconnectingWebSocket("ws://server.test", { WebSocket, clock, random });
  const delays = [1_000, 2_500, 8_000, 1_000, 15_500, 30_000];
  for (const [index, delay] of delays.entries()) {
    sockets[index]?.end();
    clock.pass(delay - 1);
    assertEquals(sockets.length, index + 1);
    clock.pass(1);
    assertEquals(sockets.length, index + 2);
  }
});

Deno.test("seed: ReconnectingWebSocket gives up after ten retries", () => {
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  new ReconnectingWebSocket("ws://server.test", { WebSocket, clock });
  for (let count = 0; count < 20; count++) {
    if (sockets[count] !== undefined) sockets[count]?.end();
    clock.pass(30_000);
  }
  assertEquals([sockets.length, clock.size], [11, 0]);
});

Deno.test("seed: ReconnectingWebSocket does not come back after close()", () => {
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  const ws = new ReconnectingWebSocket("ws://server.test", { WebSocket, clock });
  sockets[0]?.open();
  ws.close();
  sockets[0]?.end(1005);
  clock.pass(60_000);
  assertEquals([sockets.length, ws.send("late")], [1, false]);
});
