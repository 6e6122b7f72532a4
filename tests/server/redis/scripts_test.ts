/** Names of keys and channels; the scripts themselves are tested by what calls them. */

import { assertEquals } from "@std/assert";
import { Names } from "../../../server/redis/scripts.ts";

Deno.test("Names are one's own for each scope, kind, prefix and database", () => {
  const names = new Names("p", 0);
  assertEquals(names.room("/", "a:b"), ["{p:%2F:a:b}:m", "{p:%2F:a:b}:s"]);
  assertEquals(names.presence("/", "a"), ["{p:%2F:p:a}:z", "{p:%2F:p:a}:u"]);
  assertEquals(names.channel("/", "all"), "p:%2F:all");
  assertEquals(names.channel("/a:r", "user:x:y"), "p:%2Fa%3Ar:u:x:y");
  assertEquals(new Names("p", 2).channel("/", "all"), "p@2:%2F:all");
  assertEquals(new Names("p", 2).held("n"), "p:h:n");
});
