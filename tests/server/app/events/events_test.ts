/** Names of events: their types, and those that belong to the server. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkEventName, isReservedEvent } from "../../../../server/app/events/events.ts";

Deno.test("isReservedEvent() knows the server's own names", () => {
  const names = ["connect", "connect_error", "disconnect", "disconnecting", "error", "welcome"];
  assertEquals(names.filter(isReservedEvent), names);
  assert(!isReservedEvent("chat:message"));
});

Deno.test("hostile 98: isReservedEvent() takes names of Object.prototype as ordinary names", () => {
  assert(!isReservedEvent("__proto__"));
  assert(!isReservedEvent("constructor"));
  checkEventName("__proto__");
});

Deno.test("checkEventName() refuses what is reserved, empty or no string", () => {
  assertThrows(() => checkEventName("error"), TypeError, '"error" is reserved');
  assertThrows(() => checkEventName(""), TypeError, "not a string with content");
  const number: unknown = 5;
  assertThrows(() => checkEventName(number as string), TypeError, "not a string with content");
});
