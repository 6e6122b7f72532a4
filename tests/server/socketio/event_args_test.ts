/** Tests of server/socketio/event_args.ts. */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { Args, argumentsOf, dataOf } from "../../../server/socketio/event_args.ts";

Deno.test("dataOf() and argumentsOf() carry any number of arguments", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue()), (values) => {
    assertEquals([...argumentsOf(dataOf(values))], values);
  }));
});

Deno.test("dataOf() gives one value where there is one, and none where there is none", () => {
  assertEquals(dataOf([]), undefined);
  assertEquals(dataOf([[1, 2]]), [1, 2]);
  assert(!(dataOf([[1, 2]]) instanceof Args));
  assert(dataOf([1, 2]) instanceof Args);
  assertEquals(argumentsOf([1, 2]), [[1, 2]]);
  assertEquals(argumentsOf(null), [null]);
});

Deno.test("Args makes plain arrays of itself", () => {
  const args = dataOf([1, 2]);
  assert(args instanceof Args);
  assert(!(args.map((value) => value) instanceof Args));
  assert(!(args.slice(1) instanceof Args));
});
