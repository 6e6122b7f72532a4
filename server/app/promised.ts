/** The promises that methods of an application give out. */

import { writeError } from "../contain.ts";
import { AckError } from "./clients/acks.ts";
import { EventError } from "./events/errors.ts";

/** Microtasks in which `await` takes a promise that was rejected at once. */
const grace = 10;

/**
 * A promise that ends no process where it rejects and nobody has taken it. Many a handler joins a
 * room without waiting for it, and the room's name may be a client's.
 */
class Promised<Value> extends Promise<Value> {
  #isTaken = false;

  /** Derived promises are the caller's. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<Fulfilled = Value, Rejected = never>(
    fulfilled?: ((value: Value) => Fulfilled | PromiseLike<Fulfilled>) | null,
    rejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#isTaken = true;
    return super.then(fulfilled, rejected);
  }

  /** Writes to stderr what nobody else is told. */
  watch(name: string): this {
    super.then(undefined, async (error) => {
      // A peer that does not answer, or names a room too long, is no line in the log.
      if (error instanceof EventError || error instanceof AckError) return;
      for (let tick = 0; tick < grace; tick++) await undefined;
      if (!this.#isTaken) writeError(`Hawser: ${name} has failed, and nobody waits for it:`, error);
    });
    return this;
  }
}

/**
 * Makes what a method returns that gives a promise: what is thrown at the call is a rejection.
 *
 * @param name The method, for stderr.
 * @param run Does the work; called at once.
 */
export function promised<Value>(name: string, run: () => Promise<Value>): Promise<Value> {
  return new Promised<Value>((resolve) => resolve(run())).watch(name);
}
