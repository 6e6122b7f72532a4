/** The part of `jsr:@std/assert` that this project uses, for networks that do not reach JSR. */

import { inspect } from "node:util";
import { AssertionError, failure } from "./assertion_error.ts";
import { equal } from "./equal.ts";

export { AssertionError } from "./assertion_error.ts";
export { assertRejects, assertThrows } from "./errors.ts";
export { equal } from "./equal.ts";

/** The expression must be truthy. */
export function assert(expression: unknown, message = ""): asserts expression {
  if (!expression) throw new AssertionError(message);
}

/** Fails at once. */
export function fail(message?: string): never {
  throw failure("Failed assertion", message);
}

/** Fails where no code should come. */
export function unreachable(message?: string): never {
  throw failure("Unreachable", message);
}

/** Both must be deeply equal, also in their types. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  const values = `${show(actual)}\n\nis not\n\n${show(expected)}`;
  throw new AssertionError(`Values are not equal${message ? `: ${message}` : "."}\n\n${values}\n`);
}

/** Both must differ. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (!equal(actual, expected)) return;
  throw failure(`Expected actual: ${show(actual)} not to be: ${show(expected)}`, message);
}

function show(value: unknown): string {
  return inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
}

/** Both must be the same by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  throw failure(`Expected ${show(actual)} to be ${show(expected)}`, message);
}

/** Neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) throw failure("Expected a value", message);
}

/** The value must be an instance of the class. */
export function assertInstanceOf<
  // deno-lint-ignore no-explicit-any -- as the package that this stands for
  T extends abstract new (...args: any[]) => any,
>(actual: unknown, expectedType: T, message?: string): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  throw failure(`Expected ${show(actual)} to be a ${expectedType.name}`, message);
}

/** The text must match. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) throw failure(`Expected "${actual}" to match ${expected}`, message);
}

/** The text must contain the other. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  throw failure(`Expected "${actual}" to contain "${expected}"`, message);
}

/** The numbers must be within a tolerance of each other. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  const allowed = tolerance ?? (isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7);
  if (Object.is(actual, expected) || Math.abs(actual - expected) <= allowed) return;
  throw failure(`Expected ${actual} to be within ${allowed} of ${expected}`, message);
}

/** The first must be greater. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) throw failure(`Expected ${actual} > ${expected}`, message);
}

/** The first must be greater or equal. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) throw failure(`Expected ${actual} >= ${expected}`, message);
}

/** The first must be less. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) throw failure(`Expected ${actual} < ${expected}`, message);
}

/** The first must be less or equal. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) throw failure(`Expected ${actual} <= ${expected}`, message);
}
