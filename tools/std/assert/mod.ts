/** The part of `jsr:@std/assert` that this project uses, for networks that do not reach JSR. */

import { deepStrictEqual } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";

/** An assertion that did not hold. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

// deno-lint-ignore no-explicit-any -- as the package that this stands for
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function failure(what: string, message?: string): AssertionError {
  return new AssertionError(message === undefined ? what : `${what}: ${message}`);
}

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

/** Both must be deeply equal, also in their types. Errs on the strict side, as with `0` and `-0`. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    const what = message === undefined ? "" : `: ${message}`;
    throw new AssertionError(`Values are not equal${what}\n${(error as Error).message}`);
  }
}

/** Both must differ. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (isDeepStrictEqual(actual, expected)) {
    throw failure(`Expected something else than ${inspect(expected)}`, message);
  }
}

/** Both must be the same by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  throw failure(`Expected ${inspect(actual)} to be ${inspect(expected)}`, message);
}

/** Neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) throw failure("Expected a value", message);
}

/** The value must be an instance of the class. */
export function assertInstanceOf<E>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any -- as the package that this stands for
  expectedType: abstract new (...args: any[]) => E,
  message?: string,
): asserts actual is E {
  if (actual instanceof expectedType) return;
  throw failure(`Expected ${inspect(actual)} to be a ${expectedType.name}`, message);
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
  const allowed = tolerance ?? Math.abs(expected) * 1e-7;
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

function checkError<E extends Error>(
  error: unknown,
  ErrorClass: ErrorClass<E> | undefined,
  includes: string | undefined,
  message: string | undefined,
): E {
  if (ErrorClass !== undefined && !(error instanceof ErrorClass)) {
    throw failure(`Expected a ${ErrorClass.name}, got ${inspect(error)}`, message);
  }
  if (!(error instanceof Error)) {
    throw failure(`A non-Error was thrown: ${inspect(error)}`, message);
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    throw failure(`Expected "${error.message}" to contain "${includes}"`, message);
  }
  return error as E;
}

/** The function must throw; the error is returned. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass?: ErrorClass<E>,
  includes?: string,
  message?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, ErrorClass, includes, message);
  }
  throw failure("Expected function to throw", message);
}

/** The promise must reject; the error is returned. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass?: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch {
    throw failure("Expected function to reject, but it threw", message);
  }
  try {
    await promise;
  } catch (error) {
    return checkError(error, ErrorClass, includes, message);
  }
  throw failure("Expected function to reject", message);
}
