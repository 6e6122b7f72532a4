/** The error of an assertion that did not hold, and how its text is put together. */

/** An assertion that did not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** Joins what has failed and what the test says about it. */
export function failure(what: string, message?: string): AssertionError {
  return new AssertionError(`${what}${message ? `: ${message}` : "."}`);
}
