/** The arguments of an event, which Socket.IO sends as a list, and the one value that `data` is. */

/** Several arguments in the place of one value. */
export class Args extends Array<unknown> {
  /** What `map` and `filter` make of it is a plain array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/**
 * Makes one value of arguments: none is `undefined`, and one is itself.
 *
 * @param values The arguments, as they have arrived.
 */
export function dataOf(values: readonly unknown[]): unknown {
  return values.length > 1 ? Args.from(values) : values[0];
}

/**
 * Makes arguments of one value.
 *
 * @param data What an event or an acknowledgement carries.
 */
export function argumentsOf(data: unknown): readonly unknown[] {
  if (data instanceof Args) return data;
  return data === undefined ? [] : [data];
}
