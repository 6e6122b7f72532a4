/** Standard Schema: the interface that valibot, zod, arktype and others share. */

import { EventError } from "./errors.ts";

/**
 * A schema that checks unknown values. Version 1 of https://standardschema.dev, as far as it is
 * used here.
 *
 * @typeParam Output What the schema makes of a value that fits.
 *
 * @example A schema of valibot
 * ```ts
 * import { App, serve, type StandardSchema } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals, assertRejects } from "@std/assert";
 * import * as v from "valibot";
 *
 * const note: StandardSchema<{ text: string }> = v.object({ text: v.pipe(v.string(), v.trim()) });
 * const app = new App<{ note: { text: string } }>();
 * app.on("note", note, (_client, { text }) => text);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await client.emitWithAck("note", { text: "  hi " }), "hi");
 * await assertRejects(() => client.emitWithAck("note", { text: 5 }), Error, "text: Invalid type");
 * ```
 */
export interface StandardSchema<Output = unknown> {
  /** What the schema can do. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Checks a value; a schema may convert it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/**
 * A value that fits, as the schema has made it, or what is wrong with it.
 *
 * @typeParam Output What the schema makes of a value that fits.
 *
 * @example A schema without a library
 * ```ts
 * import type { SchemaResult, StandardSchema } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * function validate(value: unknown): SchemaResult<number> {
 *   if (Number.isInteger(value)) return { value: Number(value) };
 *   return { issues: [{ message: "Not whole" }] };
 * }
 * const whole: StandardSchema<number> = {
 *   "~standard": { version: 1, vendor: "example", validate },
 * };
 * assertEquals(await whole["~standard"].validate(3), { value: 3 });
 * assertEquals(await whole["~standard"].validate(0.5), { issues: [{ message: "Not whole" }] });
 * ```
 */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * One thing that is wrong with a value. A client is told of the first one, with its path, in up to
 * 200 characters.
 *
 * @example What the client is told
 * ```ts
 * import { App, type SchemaIssue, serve } from "@hawser/ws";
 * import { connect, ServerError } from "@hawser/ws/client";
 * import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
 *
 * const issue: SchemaIssue = { message: "Too far", path: ["position", { key: "x" }] };
 * const validate = () => ({ issues: [issue] });
 * const app = new App();
 * app.on("move", { "~standard": { version: 1, vendor: "example", validate } }, () => {});
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * const { cause } = await assertRejects(() => client.emitWithAck("move", { x: 9 }), Error);
 * assertInstanceOf(cause, ServerError);
 * assertEquals([cause.code, cause.message], ["INVALID_MESSAGE", "position.x: Too far"]);
 * ```
 */
export interface SchemaIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Where in the value it is wrong. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A message about an issue is cut at this length, as it may quote what the client sent. */
const maxMessageLength = 200;

/**
 * Checks a value against a schema.
 *
 * @returns What the schema makes of it; a promise where the schema is asynchronous.
 * @throws {EventError} `INVALID_MESSAGE`, with the first issue. The promise rejects likewise.
 */
export function validate<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
): Output | Promise<Output> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then(takeValue) : takeValue(result);
}

function takeValue<Output>(result: SchemaResult<Output>): Output {
  if (result.issues === undefined) return result.value;
  throw new EventError("INVALID_MESSAGE", describe(result.issues[0]));
}

function describe(issue: SchemaIssue | undefined): string {
  if (issue === undefined) return "Data does not fit the event";
  const path = (issue.path ?? [])
    .map((step) => String(typeof step === "object" ? step.key : step)).join(".");
  const message = path === "" ? issue.message : `${path}: ${issue.message}`;
  return message.slice(0, maxMessageLength);
}
