/** Standard Schema: the interface that valibot, zod, arktype and others share. */

import { EventError } from "./errors.ts";

/**
 * A schema that checks unknown values. Version 1 of https://standardschema.dev, as far as it is
 * used here.
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

/** A value that fits, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value. */
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
