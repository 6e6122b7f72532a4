/** Several arguments of one event, as Socket.IO has them: a marked array. */

import { assert, assertEquals } from "@std/assert";
import { assertType, type IsExact } from "@std/testing/types";
import { Args, args, argsOf } from "../../wire/args.ts";

Deno.test("args() makes nothing of none, itself of one, and a marked array of several", () => {
  assertEquals(args(), undefined);
  const list = [1, 2];
  assert(args(list) === list);
  assertEquals(args(7), 7);
  const several = args(7, 8);
  assert(several instanceof Args && Array.isArray(several));
  assertEquals([...several, several.length], [7, 8, 2]);
  assertEquals([...argsOf(Array(200_000).fill(0)) as Args].length, 200_000);
});

Deno.test("args() is typed as what it makes", () => {
  const [name, count] = args("a", 1);
  assertType<IsExact<typeof name, "a">>(true);
  assertType<IsExact<typeof count, 1>>(true);
  const none = args();
  assertType<IsExact<typeof none, undefined>>(true);
  const one = args({ text: "hi" as string });
  assertEquals(one.text, "hi");
});

Deno.test("Args derives plain arrays", () => {
  const several = args(1, 2, 3);
  for (const derived of [several.map(String), several.slice(1), several.filter(Boolean)]) {
    assertEquals(derived.constructor, Array);
  }
});
