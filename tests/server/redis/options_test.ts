/** The options of the broker over Redis. */

import { assertEquals, assertThrows } from "@std/assert";
import { captureConsole } from "../../support/console.ts";
import { databaseOf, resolveOptions } from "../../../server/redis/options.ts";

Deno.test("resolveOptions() adds the defaults", () => {
  const { size, prefix, publishTimeout } = resolveOptions({ url: "redis://localhost" });
  assertEquals([size, prefix, publishTimeout], [100, "hawser", 5_000]);
  assertEquals(resolveOptions({ url: "redis://localhost", size: 0 }).size, 0);
});

Deno.test("resolveOptions() refuses what cannot be, and quotes no URL", () => {
  const url = "redis://localhost";
  assertThrows(() => resolveOptions({ url, size: -1 }), RangeError, "size");
  assertThrows(() => resolveOptions({ url, maxAge: 1.5 }), RangeError, "maxAge");
  assertThrows(() => resolveOptions({ url, prefix: "a:b" }), TypeError, "prefix");
  assertThrows(() => resolveOptions({ url, ...{ sise: 1 } }), TypeError, "size");
  const error = assertThrows(() => resolveOptions({ url: "http://:secret@host" }), TypeError);
  assertEquals(error.message.includes("secret"), false);
});

Deno.test("resolveOptions() bounds what a timer waits for by the timer, and what Redis keeps by Lua", () => {
  const url = "redis://localhost";
  const year = 365 * 24 * 3_600_000;
  const { maxAge, roomTimeout } = resolveOptions({ url, maxAge: year, roomTimeout: year });
  assertEquals([maxAge, roomTimeout], [year, year]);
  const range = "whole number from 1 to 2147483647 ms: current value is";
  assertThrows(() => resolveOptions({ url, publishTimeout: year }), RangeError, range);
  for (const numbers of [{ size: 1e14 }, { maxAge: 1e14 }, { checkInterval: 2 ** 31 - 1 }]) {
    assertThrows(() => resolveOptions({ url, ...numbers }), RangeError);
  }
});

Deno.test("databaseOf() reads the number of the database", () => {
  assertEquals([databaseOf("redis://host"), databaseOf("rediss://a:b@host:1/3")], [0, 3]);
});

Deno.test("hostile 124: an onNotice that throws or rejects ends nothing", async () => {
  const lines = await captureConsole(async () => {
    const url = "redis://localhost";
    const { onNotice } = resolveOptions({ url, onNotice: () => Promise.reject(new Error("Late")) });
    onNotice("Redis is away");
    resolveOptions({
      url,
      onNotice() {
        throw new Error("At once");
      },
    }).onNotice("Redis is back");
    await Promise.resolve();
  });
  assertEquals(lines.length, 2, String(lines));
});
