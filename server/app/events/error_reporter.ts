/** The way of errors to `onError`. */

import type { LoggedPlace } from "./error_log.ts";

/** Where an error has happened. */
interface Place<C> {
  readonly client: C | undefined;
  readonly event: string;
}

/** Reports errors that no client is to be told of. */
export class ErrorReporter<C extends NonNullable<LoggedPlace["client"]>> {
  readonly #onError: (error: unknown, place: Place<C>) => void;
  readonly #isOfClient: (error: unknown) => boolean;

  /**
   * @param onError Is told of each error. Does not throw.
   * @param isOfClient Whether an error is a client's doing, or was told already: these could fill a
   * log.
   */
  constructor(
    onError: (error: unknown, place: Place<C>) => void,
    isOfClient: (error: unknown) => boolean,
  ) {
    this.#onError = onError;
    this.#isOfClient = isOfClient;
  }

  /** Reports an error. Does not throw. */
  report(error: unknown, client: C | undefined, event: string): void {
    if (!this.#isOfClient(error)) this.#onError(error, { client, event });
  }

  /** Makes a function that reports errors of the broker, which concern no client. */
  get broker(): (error: unknown) => void {
    return (error) => this.report(error, undefined, "broker");
  }
}
