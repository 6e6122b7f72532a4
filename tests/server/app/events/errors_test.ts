/** The error that an event is answered with, and its codes. */

import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
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
