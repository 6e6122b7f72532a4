/** A map with several values under a key. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Multimap } from "../../server/multimap.ts";

Deno.test("Multimap says which value is the first under its key, and which was the last", () => {
  const map = new Multimap<string, string>();
  assertEquals([map.add("a", "1"), map.add("a", "2"), map.add("a", "1")], [true, false, false]);
  assertEquals([...map.keys()], ["a"]);
  assertEquals([map.delete("a", "3"), map.delete("b", "1")], [false, false]);
  assertEquals([map.delete("a", "1"), map.delete("a", "2"), map.delete("a", "2")], [
    false,
    true,
    false,
  ]);
  assertEquals([map.size, map.get("a")], [0, undefined]);
});

Deno.test("Multimap.valuesOf() goes on while its values are deleted", () => {
  const map = new Multimap<string, string>();
  for (const value of ["1", "2", "3"]) map.add("a", value);
  const seen: string[] = [];
  for (const value of map.valuesOf("a")) {
    seen.push(value);
    map.delete("a", value);
  }
  assertEquals([seen, map.size], [["1", "2", "3"], 0]);
});

Deno.test("Multimap behaves as a Map of Sets under random additions and deletions", () => {
  const step = fc.record({
    adds: fc.boolean(),
    key: fc.constantFrom("__proto__", "a", ""),
    value: fc.constantFrom("1", "2", "3"),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const map = new Multimap<string, string>();
    const expected = new Map<string, Set<string>>();
    for (const { adds, key, value } of steps) {
      const set = expected.get(key) ?? new Set();
      if (adds) {
        assertEquals(map.add(key, value), set.size === 0);
        expected.set(key, set.add(value));
      } else {
        assertEquals(map.delete(key, value), set.delete(value) && set.size === 0);
        if (set.size === 0) expected.delete(key);
      }
      assertEquals([...map.valuesOf(key)], [...set]);
      assertEquals([map.countOf(key), map.has(key, value)], [set.size, adds]);
      assertEquals(map.size, expected.size);
    }
  }));
});
