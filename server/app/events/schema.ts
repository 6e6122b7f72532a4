/** Standard Schema: the interface that valibot, zod, arktype and others share. */

import { EventError } from "./errors.ts";

/**
 * A schema that checks unknown values. Version 1 of https://standardschema.dev, as far as it is
 * used here.
 *
 * @typeParam Input The values that fit.
 * @typeParam Output What the schema makes of a value that fits.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The functions of the schema. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Checks a value; a schema may convert it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** The types, which are no values. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/**
 * A schema of an event. It may take less than the event carries, or more, but leaves out no field.
 *
 * @typeParam Data What clients send.
 * @typeParam Input What the schema takes.
 * @typeParam Output What the schema makes of it, for the handler.
 */
export type EventSchema<Data, Input, Output> =
  & StandardSchema<Input, Output>
  & ([Input] extends [Data] ? unknown
    : [Data] extends [Input]
      ? Input extends object
        ? keyof Data extends keyof Input ? unknown : { "the schema leaves out a field of": Data }
      : unknown
    : { "the event carries other data": Data });

/**
 * A value that fits, as the schema has made it, or what is wrong with it.
 *
 * @typeParam Output What the schema makes of a value that fits.
 */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * One thing that is wrong with a value. A client is told of the first one, with its path, in up to
 * 200 characters.
 */
export interface SchemaIssue {
  /** The fault, for people. */
  readonly message: string;
  /** Where in the value it is wrong. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Characters of a schema's message about data, which may quote what the client has sent.
 *
 * @limit characters: cut off
 */
const maxMessageLength = 200;

/**
 * Checks a value against a schema.
 *
 * @returns The schema's output; a promise where the schema is asynchronous.
 * @throws {EventError} `INVALID_MESSAGE`, with the first issue. The promise rejects likewise.
 */
export function validate<Output>(
  schema: StandardSchema<unknown, Output>,
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
