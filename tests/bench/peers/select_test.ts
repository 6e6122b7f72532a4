import { assertEquals, assertThrows } from "@std/assert";
import { selectByName } from "../../../bench/peers/select.ts";

const items = ["a-1", "a-2", "b.1"].map((name) => ({ name }));

Deno.test("selectByName() keeps the order of the items", () => {
  assertEquals(selectByName(items, ["b*", "a-1"], "items"), [items[0]!, items[2]!]);
});

Deno.test("selectByName() takes all characters but * as they are", () => {
  assertThrows(() => selectByName(items, ["a.1"], "items"), RangeError, "a-1, a-2, b.1");
});
