/** Assertions about what functions throw and promises reject with. */

import { inspect } from "node:util";
import { AssertionError, failure } from "./assertion_error.ts";

// deno-lint-ignore no-explicit-any -- as the package that this stands for
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** The expectations of an error. */
interface Expectation<E extends Error> {
  readonly ErrorClass: ErrorClass<E> | undefined;
  readonly includes: string | undefined;
  readonly message: string | undefined;
}

/** Tells the two forms of arguments apart: a message, or a class, a text and a message. */
function expectation<E extends Error>(
  first: ErrorClass<E> | string | undefined,
  includes: string | undefined,
  message: string | undefined,
): Expectation<E> {
  return typeof first === "string"
    ? { ErrorClass: undefined, includes: undefined, message: first }
    : { ErrorClass: first, includes, message };
}

/** Without a class, anything may be thrown. */
function check<E extends Error>(error: unknown, expected: Expectation<E>): unknown {
  const { ErrorClass, includes, message } = expected;
  if (ErrorClass === undefined) return error;
  if (!(error instanceof Error)) {
    throw failure(`A non-Error object was thrown: ${inspect(error)}`, message);
  }
  if (!(error instanceof ErrorClass)) {
    const { name } = error.constructor;
    throw failure(
      `Expected error to be instance of "${ErrorClass.name}", but was "${name}"`,
      message,
    );
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    const texts = `${JSON.stringify(includes)}, but got ${JSON.stringify(error.message)}`;
    throw failure(`Expected error message to include ${texts}`, message);
  }
  return error;
}

/** The function must throw; what it throws is returned. */
export function assertThrows(fn: () => unknown, message?: string): unknown;
/** The function must throw an error of the class, with the text in its message. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  includes?: string,
  message?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  first?: ErrorClass<E> | string,
  includes?: string,
  message?: string,
): unknown {
  const expected = expectation(first, includes, message);
  try {
    fn();
  } catch (error) {
    return check(error, expected);
  }
  throw failure("Expected function to throw", expected.message);
}

/** The promise must reject; what it rejects with is returned. */
export function assertRejects(fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** The promise must reject with an error of the class, with the text in its message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  first?: ErrorClass<E> | string,
  includes?: string,
  message?: string,
): Promise<unknown> {
  const expected = expectation(first, includes, message);
  const promise = call(fn, expected.message);
  try {
    await promise;
  } catch (error) {
    return check(error, expected);
  }
  throw failure("Expected function to reject", expected.message);
}

/** @throws {AssertionError} The function throws, or returns no promise. */
function call(fn: () => PromiseLike<unknown>, message: string | undefined): PromiseLike<unknown> {
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    throw failure("Function throws when expected to reject", message);
  }
  if (typeof promise?.then === "function") return promise;
  throw failure("Function throws when expected to reject", message);
}

export { AssertionError };
