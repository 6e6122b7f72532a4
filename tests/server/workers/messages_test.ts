/** Messages between a worker and the first thread. */

import { assertEquals } from "@std/assert";
import { sizeOf } from "../../../server/workers/messages.ts";

Deno.test("sizeOf() counts two bytes a character, and what is around", () => {
  assertEquals([sizeOf(), sizeOf("abc", "ü")], [100, 108]);
});
