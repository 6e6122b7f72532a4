/** Sets of which most have one item. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import {
  addTo,
  type CompactSet,
  hasIn,
  itemsOf,
  removeFrom,
  sizeOf,
} from "../../server/compact_set.ts";

Deno.test("addTo() makes no table for one item", () => {
  const item = {};
  assertStrictEquals(addTo(undefined, item), item);
  assertStrictEquals(addTo(item, item), item);
  assertEquals(addTo("", ""), "");
});

Deno.test("removeFrom() gives up the table when one item is left, and all when none is", () => {
  const [one, two] = [{ n: 1 }, { n: 2 }];
  const both = addTo(one, two);
  assertStrictEquals(removeFrom(both, one), two);
  assertEquals(removeFrom(two, two), undefined);
  assertEquals(removeFrom(undefined, one), undefined);
  assertStrictEquals(removeFrom(two, one), two);
});

Deno.test("hasIn() finds nothing where there is no set", () => {
  assertEquals([hasIn(undefined, "a"), hasIn("a", "b"), hasIn("a", "a")], [false, false, true]);
});

Deno.test("CompactSet behaves as a Set under random additions and removals", () => {
  const step = fc.record({ adds: fc.boolean(), item: fc.constantFrom("a", "b", "c", "") });
  fc.assert(fc.property(fc.array(step), (steps) => {
    let set: CompactSet<string> | undefined;
    const expected = new Set<string>();
    for (const { adds, item } of steps) {
      set = adds ? addTo(set, item) : removeFrom(set, item);
      if (adds) expected.add(item);
      else expected.delete(item);
      assertEquals([...itemsOf(set)], [...expected]);
      assertEquals([sizeOf(set), hasIn(set, item)], [expected.size, adds]);
      assertEquals(set === undefined, expected.size === 0);
    }
  }));
});
