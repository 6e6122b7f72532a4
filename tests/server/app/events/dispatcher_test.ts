/** Finds the handler of an event and runs it, inside middleware and behind validation. */

import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { Dispatcher, validated } from "../../../../server/app/events/dispatcher.ts";
import { EventError } from "../../../../server/app/events/errors.ts";

Deno.test("Dispatcher.run() returns what the handler returns, without a promise", () => {
  const dispatcher = new Dispatcher<string>();
  const answer = { status: "ok" };
  dispatcher.on("note", (client, data) => client === "ada" && data === 1 ? answer : undefined);
  assertStrictEquals(dispatcher.run("ada", "note", 1), answer);
});

Deno.test("Dispatcher.run() returns a promise where there is middleware", async () => {
  const dispatcher = new Dispatcher<string>();
  dispatcher.on("note", () => 5);
  dispatcher.use((_context, next) => next());
  const result = dispatcher.run("ada", "note", 1);
  assertInstanceOf(result, Promise);
  assertEquals(await result, 5);
});

Deno.test("hostile 98: Dispatcher finds no handler in names of Object.prototype", () => {
  const dispatcher = new Dispatcher<string>();
  for (const event of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const error = assertThrows(() => dispatcher.run("ada", event, {}), EventError);
    assertEquals(error.code, "UNKNOWN_EVENT");
    dispatcher.on(event, () => event);
    assertEquals(dispatcher.run("ada", event, {}), event);
  }
});

Deno.test("Dispatcher.on() refuses a second handler, and what is none", () => {
  const dispatcher = new Dispatcher<string>();
  dispatcher.on("note", () => {});
  assertThrows(() => dispatcher.on("note", () => {}), TypeError, "has a handler already");
  const nothing: unknown = undefined;
  assertThrows(() => dispatcher.on("other", nothing as () => void), TypeError, "not a function");
});

Deno.test("validated() converts data, also by an asynchronous schema", async () => {
  const trimmed = v.pipe(v.string(), v.trim());
  assertEquals(validated(trimmed, (_client, text) => text)("ada", " hi "), "hi");
  const later = v.pipeAsync(v.string(), v.transformAsync((text) => Promise.resolve(`${text}!`)));
  assertEquals(await validated(later, (_client, text) => text)("ada", "hi"), "hi!");
});
