/** Which connections belong to which user. */

import { assertEquals } from "@std/assert";
import { itemsOf } from "../../../../server/compact_set.ts";
import { Users, usualUserId } from "../../../../server/app/clients/users.ts";

Deno.test("usualUserId() takes the first of sub, id and userId that is a string", () => {
  assertEquals(usualUserId({ sub: "a", id: "b", userId: "c" }), "a");
  assertEquals(usualUserId({ sub: 5, id: "b" }), "b");
  assertEquals(usualUserId({ sub: "", userId: "c" }), "c");
  for (const user of [undefined, null, "ada", 5, {}, { name: "ada" }, { id: 7 }]) {
    assertEquals(usualUserId(user), undefined);
  }
});

Deno.test("Users keeps the members of each user, and no user without members", () => {
  const users = new Users<string>();
  users.add("ada", "one");
  users.add("ada", "two");
  users.add("__proto__", "three");
  assertEquals([...itemsOf(users.members("ada"))], ["one", "two"]);
  assertEquals([users.idOf("three"), users.size], ["__proto__", 2]);
  for (const member of ["one", "two", "two", "three", "stranger"]) users.remove(member);
  assertEquals([users.size, users.idOf("one"), [...itemsOf(users.members("ada"))]], [
    0,
    undefined,
    [],
  ]);
});
