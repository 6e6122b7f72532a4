/** Data as nobody would choose it: what any wire must carry, and bring out as it went in. */

import { equal } from "@std/assert";
import fc from "fast-check";
import { Args, argsOf } from "../../wire/args.ts";

/** Names that mean something to a wire, to JSON or to JavaScript, and others. */
const fieldName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...["type", "stream", "seq", "epoch", "event", "data", "args", "id", "ack", "error", "roomId"],
    ...["$base64", "$$base64", "$$$base64", "base64", "constructor", "toJSON", "toString", "", "0"],
    ...["__proto", "\ud800", "a\u2028b", "ü"],
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
).filter((name) => name !== "__proto__");

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('{"$base64":"AA=="}', '"type":', "\udfff", "\0", "</script>", "\u2029"),
);

const number: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
).map((value) => value === 0 ? 0 : value);

const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 20 })
  .map((each) => new Uint8Array(each));

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null), bytes),
    fc.array(tie("value"), { maxLength: 4 }),
    fields(tie("value")),
  ),
}));

function fields(each: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc.array(fc.tuple(fieldName, each), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));
}

/** Any object that a wire carries. */
export const anyFields: fc.Arbitrary<Record<string, unknown>> = fields(value);

/** Any data that a wire carries, several arguments and nothing included. */
export const anyData: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: value },
  { weight: 2, arbitrary: anyFields },
  fc.constant(undefined),
  fc.array(value, { minLength: 2, maxLength: 4 }).map(argsOf),
);

/** Any name that an event may have. */
export const anyEvent: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("say", "constructor", "__proto__", "type", "event", "\ud800", 'a"b', "ping"),
  fc.string({ minLength: 1 }),
);

/** Whether data has come out as it went in, and a mark of several arguments with it. */
export function isSame(one: unknown, other: unknown): boolean {
  return one instanceof Args === other instanceof Args && equal(one, other);
}
