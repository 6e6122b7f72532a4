/** The options of an application, and their defaults. */

import { assertEquals, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { resolveAppOptions } from "../../../server/app/options.ts";
import { connect } from "../../support/clients.ts";

Deno.test("resolveAppOptions() has the documented defaults", () => {
  const { maxRooms, maxMemberships, maxRoomNameSize, rateLimit } = resolveAppOptions({});
  assertEquals([maxRooms, maxMemberships, maxRoomNameSize], [1_000, 500_000, 256]);
  assertEquals([rateLimit?.perSecond, rateLimit?.burst], [10, 20]);
});

Deno.test("resolveAppOptions() refuses limits that are no positive integer", () => {
  for (const value of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => resolveAppOptions({ maxRooms: value }), RangeError, "maxRooms");
    assertThrows(() => resolveAppOptions({ maxMemberships: value }), RangeError, "maxMemberships");
    assertThrows(
      () => resolveAppOptions({ maxRoomNameSize: value }),
      RangeError,
      "maxRoomNameSize",
    );
  }
});

Deno.test("resolveAppOptions() turns the rate limit off by false", () => {
  assertEquals(resolveAppOptions({ rateLimit: false }).rateLimit, undefined);
});

Deno.test("resolveAppOptions() sets no limit of connects, and checks one that is asked for", () => {
  assertEquals(resolveAppOptions({}).connectRate, undefined);
  assertEquals(resolveAppOptions({ connectRate: false }).connectRate, undefined);
  const { connectRate } = resolveAppOptions({ connectRate: { perSecond: 5 } });
  assertEquals(connectRate, { perSecond: 5, burst: 10 });
  const bad = { perSecond: 0 };
  assertThrows(() => resolveAppOptions({ connectRate: bad }), RangeError, "connectRate.perSecond");
});

Deno.test("AppOptions.identify tells who the client is", async () => {
  const app = new App<{ me: unknown }, Record<string, never>, string>({
    identify: ({ request }) => new URL(request.url).searchParams.get("name") ?? "nobody",
  });
  app.on("me", (client) => client.user);
  const { connection } = connect(app, { url: "http://localhost/ws?name=ada" });
  await connection.receiveJson({ id: "1", event: "me" });
  assertEquals(connection.take(), [{ ack: "1", data: "ada" }]);
});
