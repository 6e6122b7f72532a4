/** Options of the fallback transports. */

import { assertEquals, assertThrows } from "@std/assert";
import { resolveFallbackOptions } from "../../../../server/wires/fallback/options.ts";

Deno.test("resolveFallbackOptions() fills in the defaults", () => {
  const defaults = {
    ssePath: "/sse",
    pollPath: "/poll",
    eventsPath: "/events",
    heartbeat: 25_000,
    pollTimeout: 25_000,
    sessionTimeout: 30_000,
    maxSessions: 10_000,
    maxSessionsPerAddress: 1_000,
  };
  const { namespaces, ...resolved } = resolveFallbackOptions({});
  assertEquals([resolved, namespaces("/"), namespaces("/any")], [defaults, true, true]);
  assertEquals(resolveFallbackOptions({ maxSessions: 5 }).maxSessions, 5);
});

Deno.test("resolveFallbackOptions() throws where a path cannot be one", () => {
  for (const path of ["sse", "", "/", "/sse/"]) {
    assertThrows(() => resolveFallbackOptions({ ssePath: path }), TypeError, "fallback.ssePath");
  }
  assertThrows(() => resolveFallbackOptions({ ssePath: "/poll" }), TypeError, "two are the same");
});

Deno.test("resolveFallbackOptions() throws where a number is out of range", () => {
  for (const name of ["heartbeat", "pollTimeout", "sessionTimeout", "maxSessions"]) {
    for (const value of [0, -1, 1.5, NaN, Infinity]) {
      assertThrows(() => resolveFallbackOptions({ [name]: value }), RangeError, `fallback.${name}`);
    }
  }
  assertThrows(() => resolveFallbackOptions({ heartbeat: 2 ** 31 }), RangeError);
  assertThrows(() => resolveFallbackOptions({ maxSessionsPerAddress: -1 }), RangeError, ">= 0");
  assertEquals(resolveFallbackOptions({ maxSessionsPerAddress: 0 }).maxSessionsPerAddress, 0);
});

Deno.test("resolveFallbackOptions() throws where namespaces is no function, or does not answer at once", () => {
  const wrong = ["/admin"] as unknown as () => boolean;
  assertThrows(() => resolveFallbackOptions({ namespaces: wrong }), TypeError, "namespaces");
  const late = (() => Promise.resolve(false)) as unknown as () => boolean;
  const { namespaces } = resolveFallbackOptions({ namespaces: late });
  assertThrows(() => namespaces("/admin"), TypeError, "must answer at once");
});
