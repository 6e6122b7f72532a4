/** Tests of server/socketio/socketio.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { socketio } from "../../../server/socketio/socketio.ts";
import { ManualClock } from "../../support/clients.ts";
import { contextOf, wireRequest } from "../../support/engine.ts";
import { RecordingApp } from "../../support/socketio.ts";

Deno.test("socketio() needs an application, and refuses options that it does not know", () => {
  assertThrows(() => socketio()(contextOf(new ManualClock())), TypeError, "there is no app");
  assertThrows(() => socketio({ cors: {} } as never), TypeError, '"cors" of socketio');
  assertThrows(() => socketio({ recovery: { maxEvent: 5 } } as never), TypeError, '"maxEvents"');
  assertThrows(() => socketio({ maxAttachments: 0 }), RangeError, "socketio.maxAttachments");
});

Deno.test("socketio() owns its path, and counts its clients", async () => {
  const recorder = new RecordingApp();
  const { wire } = recorder;
  const paths = ["/socket.io/", "/socket.io", "/", "/socket.io/x"];
  assertEquals(paths.map((path) => wire.owns(path)), [true, true, false, false]);
  assertEquals(wire.owns("/socket.io/socket.io.js"), true);
  assertEquals(
    new RecordingApp({ serveClient: false }).wire.owns("/socket.io/socket.io.js"),
    false,
  );
  assertEquals(wire.httpClients?.(), { sse: 0, poll: 0 });
  await recorder.client();
  assertEquals(wire.httpClients?.(), { sse: 0, poll: 1 });
});

Deno.test("socketio() opens no session at the path of a file", async () => {
  const { wire } = new RecordingApp();
  const url = "http://127.0.0.1/socket.io/socket.io.js?EIO=4&transport=websocket";
  const asked = wireRequest(new Request(url), { remoteAddress: "192.0.2.1", protocols: [] });
  const answer = await wire.upgrade?.(asked);
  assertEquals(answer instanceof Response && answer.status, 400);
  const script = await wire.fetch?.(asked);
  assertEquals(script?.headers.get("content-type"), "application/javascript; charset=utf-8");
  await script?.body?.cancel();
});

Deno.test("socketio() sends clients away at the end, and they may come back elsewhere", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect();
  const poll = client.fetch();
  recorder.wire.shutdown?.({ code: 1001, reason: "Shutting down" });
  assertEquals(await poll, ["1"]);
  assertEquals(recorder.last.trace, [{ code: 1001, reason: "Shutting down", wasClean: true }]);
});
