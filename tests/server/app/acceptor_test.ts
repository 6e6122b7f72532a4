/** The interface of an application for wires. */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import { acceptor, type Servable } from "../../../server/app/peer.ts";
import { ManualClock, openApp } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";
import { TestNetwork } from "../../support/test_network.ts";

async function admit(app: Servable, namespace: string, query = "") {
  const request = new Request(`http://localhost/ws${query}`);
  const info = { remoteAddress: "192.0.2.1", protocols: [] };
  return await app[acceptor].admit!({ request, ...info, namespace, data: undefined });
}

async function enter(app: Servable, namespace: string): Promise<MemoryConnection> {
  const admission = await admit(app, namespace);
  if (admission instanceof EventError) throw admission;
  const connection = new MemoryConnection();
  openApp(app, connection, admission);
  return connection;
}

Deno.test("App.namespaces() makes a namespace for its first client, and drops it with the last", async () => {
  const app = new App();
  const setUp: string[] = [];
  app.namespaces(/^\/room-\d+$/, (namespace, name) => {
    setUp.push(name);
    namespace.on("where", () => name);
  });
  const peers = app[acceptor];
  assertEquals([peers.hasNamespace!("/room-1"), peers.hasNamespace!("/room-x")], [true, false]);
  assertEquals(setUp, []);
  const [ada, bob] = [await enter(app, "/room-1"), await enter(app, "/room-1")];
  const eve = await enter(app, "/room-2");
  for (const connection of [ada, bob, eve]) connection.take();
  await ada.receive('{"event":"where","id":"1"}');
  await eve.receive('{"event":"where","id":"1"}');
  assertEquals([ada.take()[0].data, eve.take()[0].data], ["/room-1", "/room-2"]);
  assertEquals([setUp, app.of("/room-1").size], [["/room-1", "/room-2"], 2]);
  ada.end();
  bob.end();
  await enter(app, "/room-1");
  assertEquals(setUp, ["/room-1", "/room-2", "/room-1"]);
});

Deno.test("App.namespaces() makes a namespace anew that is still leaving its broker", async () => {
  await using network = new TestNetwork();
  const presence = { grace: 5_000 };
  const identify = () => ({ id: "ada" });
  const app = new App({ broker: network.node(), presence, identify, clock: new ManualClock() });
  app.namespaces(/^\/room-\d+$/, () => {});
  const ada = await enter(app, "/room-1");
  const peers = app[acceptor];
  ada.end(); // its user is away, and the store is yet to hear that it has gone
  const admission = await admit(app, "/room-1");
  assert(!(admission instanceof EventError));
  openApp(app, new MemoryConnection(), admission);
  assertEquals([peers.hasNamespace!("/room-1"), app.of("/room-1").size], [true, 1]);
  await app[Symbol.asyncDispose]();
});

Deno.test("App.namespaces() gives namespaces that were made by of() the precedence, then the first pattern", async () => {
  const app = new App();
  const setUp: string[] = [];
  app.of("/room-1");
  app.namespaces(/^\/room-\d+$/, () => void setUp.push("first"));
  app.namespaces((name) => name.startsWith("/room"), () => void setUp.push("second"));
  for (const name of ["/room-1", "/room-2", "/room-x"]) await enter(app, name);
  assertEquals(setUp, ["first", "second"]);
});

Deno.test("App.namespaces() refuses what it cannot work with", () => {
  const app = new App();
  const none = undefined as unknown as RegExp;
  assertThrows(() => app.namespaces(none, () => {}), TypeError, "RegExp or a function");
  assertThrows(() => app.namespaces(/x/, none as never), TypeError, "sets them up");
  for (const maxNamespaces of [0, -1, 1.5, NaN]) {
    assertThrows(() => app.namespaces(/x/, () => {}, { maxNamespaces }), RangeError, ">= 1");
  }
  const wrong = { maxNamespace: 1 } as object;
  assertThrows(() => app.namespaces(/x/, () => {}, wrong), TypeError, "maxNamespace");
});

Deno.test("hostile 283: namespaces of a pattern are bounded, and clients that are refused leave none", async () => {
  const app = new App({
    auth: {
      verify: (token) => token === "good" ? { user: "ada" } : undefined,
      mode: "before",
    },
  });
  app.namespaces(/^\/room-\d+$/, () => {}, { maxNamespaces: 2 });
  const clients = () => app[acceptor].stats!()["/^\\/room-\\d+$/"]!.clients;
  for (let i = 0; i < 10; i++) {
    assertInstanceOf(await admit(app, `/room-${i}`, "?token=bad"), EventError);
  }
  // Admitted, but they never come in.
  for (let i = 0; i < 10; i++) {
    assert(!(await admit(app, `/room-${i}`, "?token=good") instanceof EventError));
  }
  const connections: MemoryConnection[] = [];
  for (const name of ["/room-1", "/room-2"]) {
    const admission = await admit(app, name, "?token=good");
    assert(!(admission instanceof EventError));
    connections.push(new MemoryConnection());
    openApp(app, connections.at(-1)!, admission);
  }
  assertEquals(clients(), 2);
  const refusal = await admit(app, "/room-3", "?token=good");
  assertInstanceOf(refusal, EventError);
  assertEquals([refusal.code, refusal.message], ["UNAVAILABLE", "Too many namespaces"]);
  connections[0]!.end();
  assert(!(await admit(app, "/room-3", "?token=good") instanceof EventError));
  const names = ["/room-" + "1".repeat(251), "/room-1/", "/room-1/..", "room-1"];
  for (const name of names) assertEquals(app[acceptor].hasNamespace!(name), false, name);
});

Deno.test("hostile 285: whoever guesses tokens has no more attempts in other namespaces of a pattern", async () => {
  const clock = new ManualClock();
  const app = new App({
    clock,
    auth: { verify: () => undefined, maxFailures: 3 },
    connectRate: { perSecond: 0.01, burst: 5 },
  });
  app.namespaces(/^\/room-\d+$/, () => {});
  for (let i = 0; i < 3; i++) await admit(app, `/room-${i}`, "?token=x");
  const { refused, limited } = app[acceptor].stats!()["/^\\/room-\\d+$/"]!.auth!;
  assertEquals([refused, limited], [3, 0]);
  const waiting = admit(app, "/room-9", "?token=x");
  while (clock.size === 0) await Promise.resolve();
  clock.pass(2_250);
  const late = await waiting;
  assertEquals(late instanceof EventError && late.code, "RATE_LIMITED");
  const connects = Array.from(
    { length: 6 },
    (_, i) => app[acceptor].connecting!("192.0.2.1", `/room-${i}`)?.code,
  );
  assertEquals(connects.slice(4), [undefined, "RATE_LIMITED"]);
});

Deno.test("hostile 283: a client that was admitted before its namespace was dropped makes it anew", async () => {
  const app = new App();
  app.namespaces(/^\/room-\d+$/, () => {});
  const first = await enter(app, "/room-1");
  const admission = await admit(app, "/room-1");
  assert(!(admission instanceof EventError));
  first.end();
  const connection = new MemoryConnection();
  openApp(app, connection, admission);
  assertEquals(app.of("/room-1").size, 1);
});

Deno.test("App.namespaces() lets no failure of its functions through to a client, nor a promise pass", async () => {
  const app = new App();
  app.namespaces(/^\/a$/, () => {
    throw new Error("Aground");
  });
  const late = (() => Promise.reject(new Error("Aground"))) as unknown as () => void;
  app.namespaces(/^\/b$/, late);
  await assertRejects(() => admit(app, "/a"), Error, "Aground");
  await assertRejects(() => admit(app, "/b"), TypeError, "must answer at once");
  assertEquals(app[acceptor].stats!()["/^\\/a$/"]?.clients, 0);
});

Deno.test("AppAcceptor refuses clients of namespaces that nobody has made", async () => {
  const app = new App();
  const refusal = await admit(app, "/none");
  assertEquals(refusal instanceof EventError && refusal.code, "FORBIDDEN");
  assertThrows(() => openApp(app, new MemoryConnection(), { namespace: "/none" }), EventError);
});

Deno.test("AppAcceptor.publish() and emitToUser() say by an EventError what is not allowed", async () => {
  const peers = new App()[acceptor];
  assertEquals((await peers.publish!("deck", "note", {})).seq, 1);
  await assertRejects(() => peers.publish!("deck", "error", {}), EventError, "reserved");
  await assertRejects(() => peers.publish!("", "note", {}), EventError);
  assertThrows(() => peers.emitToUser!("ada", "error", {}), EventError, "reserved");
});
