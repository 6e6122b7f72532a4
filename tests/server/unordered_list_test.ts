/** Tests of server/unordered_list.ts. */

import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { type ListItem, UnorderedList } from "../../server/unordered_list.ts";

interface Named extends ListItem {
  readonly name: string;
}

/** The names of a list's items, sorted. */
function namesOf(list: UnorderedList<Named>): string[] {
  const names: string[] = [];
  list.forEach(({ name }) => void names.push(name));
  return names.sort();
}

function addTo(list: UnorderedList<Named>, ...names: string[]): Named[] {
  const items = names.map((name): Named => ({ name }));
  for (const item of items) list.add(item);
  return items;
}

Deno.test("UnorderedList.delete() removes items in any order", () => {
  fc.assert(fc.property(fc.array(fc.nat()), (choices) => {
    const list = new UnorderedList<Named>();
    const inside: Named[] = [];
    for (const [index, choice] of choices.entries()) {
      const adds = choice % 2 === 0 || inside.length === 0;
      if (adds) inside.push(...addTo(list, `item ${index}`));
      else list.delete(inside.splice(choice % inside.length, 1)[0]!);
      assertEquals(list.size, inside.length);
      assertEquals(namesOf(list), inside.map((item) => item.name).sort());
    }
  }));
});

Deno.test("UnorderedList.add() adds an item once, and again when it was removed", () => {
  const list = new UnorderedList<Named>();
  const [item] = addTo(list, "item", "other") as [Named, Named];
  list.add(item);
  assertEquals(namesOf(list), ["item", "other"]);
  list.delete(item);
  list.add(item);
  assertEquals(namesOf(list), ["item", "other"]);
});

Deno.test("UnorderedList.delete() ignores an item that was removed", () => {
  const list = new UnorderedList<Named>();
  const [first, second] = addTo(list, "first", "second") as [Named, Named];
  for (const item of [first, first, second, second]) list.delete(item);
  assertEquals(list.size, 0);
  const [third] = addTo(list, "third") as [Named];
  list.delete(first);
  assertEquals(namesOf(list), ["third"]);
  list.clear();
  list.delete(third);
  assertEquals([list.size, third.listIndex], [0, undefined]);
});

Deno.test("UnorderedList.delete() ignores an item of another list", () => {
  const [list, other] = [new UnorderedList<Named>(), new UnorderedList<Named>()];
  const [item] = addTo(other, "item") as [Named];
  addTo(list, "own");
  list.delete(item);
  assertEquals([namesOf(list), namesOf(other)], [["own"], ["item"]]);
});

Deno.test("UnorderedList.forEach() calls neither for items removed before their turn nor for new ones", () => {
  const list = new UnorderedList<Named>();
  const items = addTo(list, "a", "b", "c", "d");
  const called: string[] = [];
  list.forEach(({ name }) => {
    called.push(name);
    if (name !== "b") return;
    for (const index of [0, 1, 2]) list.delete(items[index]!);
    addTo(list, "e");
  });
  assertEquals(called, ["a", "b", "d"]);
  assertEquals(namesOf(list), ["d", "e"]);
});
