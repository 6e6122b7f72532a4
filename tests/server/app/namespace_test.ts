/** Tests of server/app/namespace.ts; what clients see of it is tested beside app.ts. */

import { memoryBroker } from "@hawser/ws";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { EventError } from "../../../server/app/events/errors.ts";
import { addUp, Namespace } from "../../../server/app/namespace.ts";
import { type AppOptions, resolveAppOptions } from "../../../server/app/options.ts";
import { makeParts } from "../../../server/app/shared_parts.ts";
import { TestPeer } from "../../../server/testing/test_peer.ts";

function makeNamespace(options: AppOptions<object, unknown> = {}) {
  const resolved = resolveAppOptions(options);
  const parts = makeParts(resolved);
  return { namespace: new Namespace(resolved, parts), parts };
}

function makePeer(): TestPeer {
  const request = new Request("http://localhost/");
  return new TestPeer({ request, remoteAddress: "127.0.0.1", data: undefined }, {
    received() {},
    asked() {},
    joined() {},
    left() {},
    refused() {},
    closed() {},
  });
}

Deno.test("Namespace counts a client from its welcome to its end", async () => {
  const { namespace } = makeNamespace();
  const peer = makePeer();
  peer.open(namespace.accept(peer, {}));
  await peer.welcomed;
  assertEquals([namespace.size, namespace.stats().clients], [1, 1]);
  peer.terminate();
  await Promise.resolve();
  assertEquals(namespace.size, 0);
});

Deno.test("Namespace.publish() refuses a room that cannot be", async () => {
  const { namespace } = makeNamespace();
  assertThrows(() => namespace.publish("", "note", {}), EventError, "Room name");
  assertEquals((await namespace.publish("deck", "note", {})).seq, 1);
});

Deno.test("Namespace has presence where the option says so", () => {
  assertEquals(makeNamespace().namespace.presence, undefined);
  assert(makeNamespace({ presence: true }).namespace.presence !== undefined);
});

Deno.test("Namespace.close() closes its broker: the scope is free", async () => {
  const broker = memoryBroker();
  const { namespace } = makeNamespace({ broker });
  assertThrows(() => makeNamespace({ broker }), TypeError);
  await namespace.leaveBroker();
  await namespace.close();
  assertThrows(() => makeNamespace({ broker }), TypeError, "closed");
});

Deno.test("addUp() counts what namespaces share once", () => {
  const { namespace, parts } = makeNamespace();
  parts.meter.handled();
  const { events, clients } = addUp([namespace, namespace], parts);
  assertEquals([events, clients], [1, 0]);
});
