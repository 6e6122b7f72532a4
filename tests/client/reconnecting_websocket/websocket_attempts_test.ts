import { assertEquals } from "@std/assert";
import { resolveSocketOptions } from "../../../client/reconnecting_websocket/socket_options.ts";
import { WebSocketAttempts } from "../../../client/reconnecting_websocket/websocket_attempts.ts";
import { ManualClock } from "../../support/clients.ts";
import { fakeWebSockets } from "../../support/fake_web_socket.ts";

function setUp() {
  const clock = new ManualClock();
  const { WebSocket, sockets } = fakeWebSockets();
  const options = resolveSocketOptions({ WebSocket, clock, random: () => 0, maxRetries: 1 });
  const events: string[] = [];
  const attempts = new WebSocketAttempts("ws://server.test/ws", options, ({ type }) => {
    events.push(type);
  });
  return { clock, sockets, events, attempts };
}

Deno.test("WebSocketAttempts.connect() ignores what an earlier connection reports", () => {
  const { sockets, events, attempts } = setUp();
  attempts.connect();
  attempts.connect();
  sockets[0]?.open();
  sockets[1]?.open();
  sockets[0]?.end();
  assertEquals([events, attempts.isActive], [["open"], true]);
});

Deno.test("WebSocketAttempts retries as often as it may", () => {
  const { clock, sockets, attempts } = setUp();
  attempts.connect();
  sockets[0]?.end();
  assertEquals([attempts.isActive, attempts.retries], [false, 0]);
  clock.pass(1_000);
  assertEquals([attempts.isActive, attempts.retries], [true, 1]);
  sockets[1]?.end();
  assertEquals([attempts.isActive, clock.size], [false, 0]);
});

Deno.test("WebSocketAttempts.close() makes no other connection until it is resumed", () => {
  const { clock, sockets, attempts } = setUp();
  attempts.connect();
  sockets[0]?.open();
  attempts.close(4000, "Bye");
  sockets[0]?.end(1012);
  assertEquals([attempts.isActive, clock.size], [false, 0]);
  attempts.resume();
  attempts.connect();
  sockets[1]?.end(1012);
  assertEquals(clock.size, 1);
});

Deno.test("WebSocketAttempts.binaryType holds for all connections", () => {
  const { sockets, attempts } = setUp();
  attempts.connect();
  attempts.binaryType = "arraybuffer";
  attempts.connect();
  assertEquals(sockets.map(({ binaryType }) => binaryType), ["arraybuffer", "arraybuffer"]);
  assertEquals(attempts.url, "ws://server.test/ws");
});
