/** Tests of server/socketio/event_args.ts. */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { argumentsOf } from "../../../server/socketio/event_args.ts";
import { Args, argsOf } from "../../../wire/args.ts";

Deno.test("argumentsOf() and argsOf() carry any number of arguments", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue()), (values) => {
    assertEquals([...argumentsOf(argsOf(values))], values);
  }));
});

Deno.test("argumentsOf() takes an array for one value, unless it is Args", () => {
  assertEquals(argsOf([]), undefined);
  assertEquals(argsOf([[1, 2]]), [1, 2]);
  assert(!(argsOf([[1, 2]]) instanceof Args));
  assert(argsOf([1, 2]) instanceof Args);
  assertEquals(argumentsOf([1, 2]), [[1, 2]]);
  assertEquals(argumentsOf(null), [null]);
});
