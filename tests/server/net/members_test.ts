/** Tests of server/net/members.ts. */

import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { Members, type Seat } from "../../../server/net/members.ts";

/** Who is in a list, in any order. */
function namesOf(members: Members<string>): string[] {
  const names: string[] = [];
  members.forEach((name) => void names.push(name));
  return names.sort();
}

Deno.test("Members.delete() lets members go in any order", () => {
  fc.assert(fc.property(fc.array(fc.nat()), (choices) => {
    const members = new Members<string>();
    const inside: Seat<string>[] = [];
    for (const [index, choice] of choices.entries()) {
      if (choice % 2 === 0 || inside.length === 0) inside.push(members.add(`member ${index}`));
      else members.delete(inside.splice(choice % inside.length, 1)[0]!);
      assertEquals(members.size, inside.length);
      assertEquals(namesOf(members), inside.map((seat) => seat.member).sort());
    }
  }));
});

Deno.test("Members.delete() ignores a member that has gone", () => {
  const members = new Members<string>();
  const [first, second] = [members.add("first"), members.add("second")];
  for (const seat of [first, first, second, second]) members.delete(seat);
  assertEquals(members.size, 0);
  const third = members.add("third");
  members.delete(first);
  assertEquals(namesOf(members), ["third"]);
  members.clear();
  members.delete(third);
  assertEquals(members.size, 0);
});

Deno.test("Members.forEach() calls neither who left before their turn nor who came", () => {
  const members = new Members<string>();
  const seats = ["a", "b", "c", "d"].map((name) => members.add(name));
  const called: string[] = [];
  members.forEach((name) => {
    called.push(name);
    if (name !== "b") return;
    for (const index of [0, 1, 2]) members.delete(seats[index]!);
    members.add("e");
  });
  assertEquals(called, ["a", "b", "d"]);
  assertEquals(namesOf(members), ["d", "e"]);
});
