/** Tests of server/app/stats/meter.ts. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import { Meter } from "../../../../server/app/stats/meter.ts";
import { connect, ManualClock } from "../../../support/clients.ts";
import { acceptor } from "../../../../server/app/peer.ts";

Deno.test("Meter.measure() takes the time until a handler returns, throws or settles", async () => {
  const clock = new ManualClock();
  const meter = new Meter(clock.now, true);
  assertEquals(meter.measure(() => (clock.pass(10), "result")), "result");
  const failure = new Error("no");
  assertThrows(() =>
    meter.measure(() => {
      clock.pass(20);
      throw failure;
    })
  );
  const slow = Promise.withResolvers<string>();
  const pending = meter.measure(() => slow.promise);
  clock.pass(300);
  slow.resolve("late");
  assertStrictEquals(pending, slow.promise);
  await pending;
  const rejected = meter.measure(() => Promise.reject(failure));
  await assertRejects(() => rejected as Promise<unknown>, Error, "no");
  const { handlerTimes } = meter.stats();
  assertEquals([handlerTimes?.count, handlerTimes?.sum], [4, 0.33]);
});

Deno.test("Meter has no times where nobody asks for them", () => {
  const meter = new Meter(() => 0, false);
  assert(!meter.measures);
  assertEquals(meter.stats().handlerTimes, undefined);
});

Deno.test("App.stats() counts clients, rooms, events and errors, for each namespace", async () => {
  const clock = new ManualClock();
  const app = new App({ measure: true, clock, onError: () => {} });
  app.of("/admin");
  app.on("wait", () => clock.pass(7));
  app.on("fail", () => {
    throw new Error("no");
  });
  const { connection, id } = connect(app);
  connect(app);
  app.client(id)?.join("deck");
  await connection.receiveJson({ type: "wait" });
  await connection.receiveJson({ type: "fail" });
  await connection.receiveJson({ type: "unknown" });
  await connection.receive("no JSON");
  const { "/": main, "/admin": admin } = app[acceptor].stats!();
  assert(main !== undefined && admin !== undefined);
  assertEquals([main.clients, main.rooms, main.events], [2, 1, 3]);
  const { PARSE_ERROR, UNKNOWN_EVENT, INTERNAL, ...others } = main.errors;
  assertEquals([PARSE_ERROR, UNKNOWN_EVENT, INTERNAL], [1, 1, 1]);
  assert(Object.values(others).every((count) => count === 0));
  assertEquals([main.handlerTimes?.count, main.handlerTimes?.sum], [3, 0.007]);
  assertEquals([admin.clients, admin.rooms, admin.events], [0, 0, 0]);
});

Deno.test("hostile 118: App.stats() has the same labels whatever clients and handlers make up", async () => {
  interface ClientEvents {
    enter: { room: string };
    fail: unknown;
  }
  const app = new App<ClientEvents>({ measure: true, rateLimit: false });
  app.on("enter", (client, { room }) => void client.join(room));
  app.on("fail", () => {
    throw new EventError("MADE_UP", "no");
  });
  const { connection, id } = connect(app);
  const before = JSON.stringify(app[acceptor].stats!()).replaceAll(/[\d.]+/g, "");
  for (let i = 0; i < 50; i++) {
    await connection.receiveJson({ type: `canary-${i}` });
    await connection.receiveJson({ type: "enter", room: `canary-${i}` });
    await connection.receiveJson({ type: "__proto__" });
  }
  await connection.receiveJson({ type: "fail" });
  const { "/": main } = app[acceptor].stats!();
  assertEquals(JSON.stringify(app[acceptor].stats!()).replaceAll(/[\d.]+/g, ""), before);
  assertEquals([main?.rooms, main?.errors.OTHER], [app.client(id)?.rooms.size, 1]);
});
