/** Several arguments of one event, as Socket.IO has them: a marked array. */

/**
 * Several arguments of an event or of its acknowledgement, in the place of its one value. It is an
 * array, and handlers destructure it; the class alone tells it from an array that is one value.
 * Arrays that are derived from it, by `map` for instance, are plain.
 *
 * Made by {@linkcode args}.
 *
 * @example Telling two arguments from one array
 * ```ts
 * import { Args, args } from "@hawser/ws";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const [x, y] = args(3, 4);
 * assertEquals([x, y], [3, 4]);
 * assert(args(3, 4) instanceof Args);
 * assert(!(args([3, 4]) instanceof Args));
 * assert(!(args(3, 4).map(String) instanceof Args));
 * ```
 */
export class Args extends Array<unknown> {
  /** The class of the results of `map`, `slice` and the like. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/**
 * Makes what an event carries of its arguments: none is `undefined`, one is itself, several are
 * {@linkcode Args}.
 *
 * @typeParam Values The arguments' types.
 * @param values The arguments.
 * @returns A value to emit, to publish, or to return from a handler.
 *
 * @example Nothing, one value, and two
 * ```ts
 * import { args } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(args(), undefined);
 * assertEquals(args({ x: 3 }), { x: 3 });
 * const [x, y] = args(3, "four");
 * assertEquals([x, y], [3, "four"]);
 * ```
 */
export function args<const Values extends readonly unknown[]>(...values: Values): ArgsOf<Values> {
  // The cast: the type follows the three cases.
  return argsOf(values) as ArgsOf<Values>;
}

/**
 * The result of {@linkcode args} for arguments of these types.
 *
 * @typeParam Values The arguments' types.
 */
export type ArgsOf<Values extends readonly unknown[]> = Values extends readonly [] ? undefined
  : Values extends readonly [infer Only] ? Only
  : Args & [...Values];

/** The same for a list whose length nobody knows. */
export function argsOf(values: readonly unknown[]): unknown {
  if (values.length < 2) return values[0];
  const list = new Args();
  for (const value of values) list.push(value);
  return list;
}
