/** Handlers of one kind of occasion, which may come and go while they run. */

import { assertEquals } from "@std/assert";
import { HandlerList } from "../../../../server/app/events/handler_list.ts";

Deno.test("HandlerList keeps its order, and removes by identity", () => {
  const list = new HandlerList<string>();
  for (const handler of ["a", "b", "a", "c"]) list.add(handler);
  list.remove("a");
  list.remove("x");
  assertEquals([[...list], list.size], [["b", "c"], 2]);
});

Deno.test("HandlerList may change while somebody goes through it", () => {
  const list = new HandlerList<string>();
  for (const handler of ["a", "b"]) list.add(handler);
  const seen: string[] = [];
  for (const handler of list) {
    seen.push(handler);
    list.remove("b");
    list.add("late");
  }
  assertEquals([seen, [...list]], [["a", "b"], ["a", "late", "late"]]);
});
