/** Tests of server/unordered_list.ts. */

import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { type ListEntry, UnorderedList } from "../../server/unordered_list.ts";

/** The items of a list, sorted. */
function namesOf(list: UnorderedList<string>): string[] {
  const names: string[] = [];
  list.forEach((name) => void names.push(name));
  return names.sort();
}

Deno.test("UnorderedList.delete() removes items in any order", () => {
  fc.assert(fc.property(fc.array(fc.nat()), (choices) => {
    const list = new UnorderedList<string>();
    const inside: ListEntry<string>[] = [];
    for (const [index, choice] of choices.entries()) {
      if (choice % 2 === 0 || inside.length === 0) inside.push(list.add(`item ${index}`));
      else list.delete(inside.splice(choice % inside.length, 1)[0]!);
      assertEquals(list.size, inside.length);
      assertEquals(namesOf(list), inside.map((entry) => entry.item).sort());
    }
  }));
});

Deno.test("UnorderedList.delete() ignores an entry that was removed", () => {
  const list = new UnorderedList<string>();
  const [first, second] = [list.add("first"), list.add("second")];
  for (const entry of [first, first, second, second]) list.delete(entry);
  assertEquals(list.size, 0);
  const third = list.add("third");
  list.delete(first);
  assertEquals(namesOf(list), ["third"]);
  list.clear();
  list.delete(third);
  assertEquals(list.size, 0);
});

Deno.test("UnorderedList.forEach() calls neither for items removed before their turn nor for new ones", () => {
  const list = new UnorderedList<string>();
  const entries = ["a", "b", "c", "d"].map((name) => list.add(name));
  const called: string[] = [];
  list.forEach((name) => {
    called.push(name);
    if (name !== "b") return;
    for (const index of [0, 1, 2]) list.delete(entries[index]!);
    list.add("e");
  });
  assertEquals(called, ["a", "b", "d"]);
  assertEquals(namesOf(list), ["d", "e"]);
});
