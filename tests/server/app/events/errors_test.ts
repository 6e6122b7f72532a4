/** The error that an event is answered with, and its codes. */

import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { EventError } from "../../../../server/app/events/errors.ts";

Deno.test("EventError carries a code, a message and a cause", () => {
  const cause = new Error("disk full");
  const error = new EventError("NOT_SAVED", "Cannot save the note", { cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code, error.message], [
    "EventError",
    "NOT_SAVED",
    "Cannot save the note",
  ]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("EventError refuses details that would take the place of its own fields", () => {
  for (const name of ["code", "message", "event"]) {
    const details = { [name]: "mine" };
    assertThrows(() => new EventError("NO", "No", { details }), TypeError, `Cannot use "${name}"`);
  }
  const details = { type: "mine", retryAfter: 1 };
  assertStrictEquals(new EventError("NO", "No", { details }).details, details);
});

Deno.test("hostile 223: EventError refuses details that JSON cannot carry, where it is made", () => {
  const details = { left: 1n };
  assertThrows(() => new EventError("NO", "No", { details }), TypeError, "left is a bigint");
});
