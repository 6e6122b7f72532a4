/** A fuzzing target: makes inputs, and lists the allowed outcomes. */

import type { Random } from "./inputs.ts";

/** One entrance for bytes of a peer. */
export interface Target {
  /** Its name on the command line. */
  readonly name: string;
  /** Makes an input, in order or not. */
  makeInput(next: Random): Uint8Array;
  /**
   * Gives it the input, and throws where something happens that is not documented.
   *
   * @param input The bytes.
   * @param next For the sizes of pieces; the same for the same input.
   */
  run(input: Uint8Array, next: Random): void;
}

/** Thrown when an outcome is not documented. */
export class UndocumentedError extends Error {
  override readonly name = "UndocumentedError";
}

/** Throws unless the condition holds. */
export function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new UndocumentedError(what);
}
