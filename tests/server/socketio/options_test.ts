/** Tests of server/socketio/options.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { resolveEngineOptions } from "../../../server/socketio/options.ts";

Deno.test("resolveEngineOptions() has the defaults of Engine.IO", () => {
  assertEquals(resolveEngineOptions({}), {
    path: "/engine.io/",
    transports: ["polling", "websocket"],
    allowUpgrades: true,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    upgradeTimeout: 10_000,
    maxSessions: 10_000,
    maxSessionsPerAddress: 1_000,
    allowRequest: undefined,
    handshakeHeaders: undefined,
  });
});

Deno.test("resolveEngineOptions() takes a path with or without its last slash", () => {
  assertEquals(resolveEngineOptions({ path: "/a" }).path, "/a/");
  assertEquals(resolveEngineOptions({ path: "/a/" }).path, "/a/");
  assertThrows(() => resolveEngineOptions({ path: "a/" }), TypeError, "must begin");
});

for (
  const [name, value] of [
    ["pingInterval", 0],
    ["pingTimeout", 0.5],
    ["upgradeTimeout", 2 ** 31],
    ["maxSessions", -1],
  ] as const
) {
  Deno.test(`resolveEngineOptions() refuses ${name} of ${value}`, () => {
    assertThrows(() => resolveEngineOptions({ [name]: value }), RangeError, `engine.${name}`);
  });
}

Deno.test("resolveEngineOptions() refuses what it does not know", () => {
  const wrong = [{ pingIntervall: 5 }, { transports: ["webtransport"] }, { transports: [] }];
  for (const options of wrong) {
    assertThrows(() => resolveEngineOptions(options as never), TypeError);
  }
  assertThrows(() => resolveEngineOptions({ pingTimeot: 5 } as never), TypeError, '"pingTimeout"');
});
