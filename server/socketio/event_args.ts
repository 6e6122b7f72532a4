/** The arguments of an event, which Socket.IO sends as a list, and the one value that `data` is. */

import { Args } from "../../wire/args.ts";

/**
 * Makes arguments of one value, as `argsOf` makes one value of arguments.
 *
 * @param data The data of an event or of an acknowledgement.
 */
export function argumentsOf(data: unknown): readonly unknown[] {
  if (data instanceof Args) return data;
  return data === undefined ? [] : [data];
}
