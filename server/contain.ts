/** Calls of user code: neither what it throws nor a promise that rejects ends the process. */

/** Gets an error. Does not throw. */
export type Report = (error: unknown) => void;

/**
 * Calls a function whose result is not awaited.
 *
 * @param call Calls code that may throw, or return a promise that rejects.
 * @param report Gets either error.
 */
export function contain(call: () => unknown, report: Report): void {
  try {
    const result = call();
    if (isPromiseLike(result)) Promise.resolve(result).catch(report);
  } catch (error) {
    report(error);
  }
}

/**
 * Calls something that dispatches events, such as `AbortController.abort`. A listener that throws
 * would end the process: what it throws becomes an error event of the global scope, which is caught
 * here as long as the call takes.
 *
 * @param dispatch Dispatches events.
 * @param report Gets what listeners throw.
 */
export function containListeners(dispatch: () => void, report: Report): void {
  function intercept(event: ErrorEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    report(event.error);
  }
  addEventListener("error", intercept, { capture: true });
  try {
    dispatch();
  } finally {
    removeEventListener("error", intercept, { capture: true });
  }
}

/**
 * Calls a function that must answer at once. A promise would be taken for the answer, and its
 * rejection would end the process.
 *
 * @param name The name of the function, for the error.
 * @param call Calls it.
 * @returns Its result.
 * @throws {unknown} What it throws.
 * @throws {TypeError} It returned a promise.
 */
export function answerOf<Answer>(name: string, call: () => Answer): Answer {
  const answer = call();
  if (!isPromiseLike(answer)) return answer;
  Promise.resolve(answer).catch(() => {});
  throw new TypeError(`Cannot use ${name}: it returned a promise, but must answer at once`);
}

/**
 * Makes a safe handler of errors out of one that may fail: then both errors go to the last resort.
 *
 * @param onError Handles errors; may throw, or return a promise that rejects.
 * @param lastResort Gets the error and the failure.
 * @returns A function that neither throws nor returns a promise.
 */
export function guardErrors<Place extends unknown[]>(
  onError: (error: unknown, ...place: Place) => unknown,
  lastResort: Report,
): (error: unknown, ...place: Place) => void {
  return function guarded(error, ...place): void {
    contain(() => onError(error, ...place), (failure) => {
      lastResort(error);
      lastResort(failure);
    });
  };
}

/** Writes any error to stderr: some objects throw while they are formatted. */
export function writeError(text: string, error: unknown): void {
  try {
    // deno-lint-ignore no-console -- no other handler has taken it
    console.error(text, error);
  } catch {
    // deno-lint-ignore no-console
    console.error(text, "an error that cannot be shown");
  }
}

/** What is done with errors of user code where nobody else handles them: they go to stderr. */
export function reportError(error: unknown): void {
  writeError("Hawser: a handler failed:", error);
}

/** Tells whether a value can be awaited. Looking at it may throw, where it is not ours. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}
