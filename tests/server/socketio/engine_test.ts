/** Tests of server/socketio/engine.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import type { EngineSocket } from "../../../server/socketio/engine.ts";
import { ManualClock } from "../../support/clients.ts";
import {
  ask,
  EnginePoller,
  EngineWebSocket,
  makeEngine,
  openSession,
  serveEngine,
} from "../../support/engine.ts";

Deno.test("EngineSocket tells which request has carried a message", async () => {
  const carried: unknown[] = [];
  await using running = serveEngine({}, (socket) => {
    socket.on("message", (_data, request) => {
      carried.push([request.method, request.headers.get("x-deck"), socket.request.method]);
      socket.send("ok");
    });
  });
  const { sid } = await EnginePoller.open(running.url);
  const url = `${running.url}?EIO=4&transport=polling&sid=${sid}`;
  const response = await fetch(url, { method: "POST", body: "4a", headers: { "x-deck": "upper" } });
  await response.body?.cancel();
  const socket = await EngineWebSocket.open(running.url);
  await socket.next();
  socket.send("4a");
  await socket.next();
  assertEquals(carried, [["POST", "upper", "GET"], ["GET", null, "GET"]]);
  await socket.close();
});

Deno.test("EngineSocket runs all handlers, and waits for each that returns a promise", async () => {
  const trace: unknown[] = [];
  const engine = makeEngine({}, (socket) => {
    socket.on("message", async (data) => {
      await Promise.resolve();
      trace.push(`slow ${data}`);
    }).on("message", (data) => trace.push(`quick ${data}`));
  }, new ManualClock());
  const sid = await openSession(engine);
  await ask(engine, `&sid=${sid}`, { method: "POST", body: "4a\x1e4b" });
  assertEquals(trace, ["quick a", "slow a", "quick b", "slow b"]);
});

Deno.test("EngineSocket refuses what it cannot do, at the call", async () => {
  let socket: EngineSocket | undefined;
  const engine = makeEngine({}, (opened) => void (socket = opened), new ManualClock());
  await openSession(engine);
  assertThrows(() => socket?.on("data" as "close", () => {}), TypeError, '"data"');
  assertThrows(() => socket?.send({} as never), TypeError, "neither text nor bytes");
  assertEquals([socket?.transport, socket?.remoteAddress], ["polling", "127.0.0.1"]);
});
