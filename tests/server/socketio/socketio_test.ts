/** Tests of server/socketio/socketio.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { socketio } from "../../../server/socketio/socketio.ts";
import { ManualClock } from "../../support/clients.ts";
import { contextOf } from "../../support/engine.ts";
import { Anchorage } from "../../support/socketio.ts";

Deno.test("socketio() needs an application, and refuses options that it does not know", () => {
  assertThrows(() => socketio()(contextOf(new ManualClock())), TypeError, "there is no app");
  assertThrows(() => socketio({ cors: {} } as never), TypeError, '"cors" of socketio');
  assertThrows(() => socketio({ recovery: { maxEvent: 5 } } as never), TypeError, '"maxEvents"');
  assertThrows(() => socketio({ maxAttachments: 0 }), RangeError, "socketio.maxAttachments");
});

Deno.test("socketio() owns its path, and counts its clients", async () => {
  const anchorage = new Anchorage();
  const { wire } = anchorage;
  const paths = ["/socket.io/", "/socket.io", "/", "/socket.io/x"];
  assertEquals(paths.map((path) => wire.owns(path)), [true, true, false, false]);
  assertEquals(wire.httpClients?.(), { sse: 0, poll: 0 });
  await anchorage.client();
  assertEquals(wire.httpClients?.(), { sse: 0, poll: 1 });
});

Deno.test("socketio() sends clients away at the end, and they may come back elsewhere", async () => {
  const anchorage = new Anchorage();
  const client = await anchorage.client();
  await client.connect();
  const poll = client.fetch();
  anchorage.wire.shutdown?.({ code: 1001, reason: "Shutting down" });
  assertEquals(await poll, ["1"]);
  assertEquals(anchorage.last.trace, [{ code: 1001, reason: "Shutting down", wasClean: true }]);
});
