/** Standard Schema: the interface that valibot, zod, arktype and others share. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as v from "valibot";
import { EventError } from "../../../../server/app/events/errors.ts";
import {
  type SchemaIssue,
  type StandardSchema,
  validate,
} from "../../../../server/app/events/schema.ts";

function failing(...issues: SchemaIssue[]): StandardSchema<never> {
  return { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } };
}

Deno.test("validate() returns what the schema makes of the value", () => {
  const schema = v.object({ text: v.pipe(v.string(), v.trim()) });
  assertEquals(validate(schema, { text: " hi ", more: 1 }), { text: "hi" });
});

Deno.test("validate() throws INVALID_MESSAGE that names the place", () => {
  const schema = v.object({ user: v.object({ tags: v.array(v.string()) }) });
  const error = assertThrows(
    () => validate(schema, { user: { tags: ["a", 5] } }),
    EventError,
    "user.tags.1: ",
  );
  assertEquals(error.code, "INVALID_MESSAGE");
});

Deno.test("validate() waits for an asynchronous schema", async () => {
  const schema = v.pipeAsync(v.string(), v.checkAsync((text) => Promise.resolve(text !== "no")));
  assertEquals(await validate(schema, "yes"), "yes");
  await assertRejects(async () => await validate(schema, "no"), EventError);
});

Deno.test("validate() takes issues with bare keys, without a path, or none at all", () => {
  const bare = failing({ message: "wrong", path: ["a", 0] });
  assertThrows(() => validate(bare, 1), EventError, "a.0: wrong");
  assertThrows(() => validate(failing({ message: "wrong" }), 1), EventError, "wrong");
  assertThrows(() => validate(failing(), 1), EventError, "Data does not fit the event");
});

Deno.test("validate() cuts messages that quote long values", () => {
  const schema = failing({ message: "x".repeat(100_000) });
  const error = assertThrows(() => validate(schema, 1), EventError);
  assertEquals(error.message.length, 200);
});
