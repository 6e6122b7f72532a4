/** Tests of server/net/byte_budget.ts. */

import { assertEquals } from "@std/assert";
import { ByteBudget } from "../../../server/net/byte_budget.ts";

Deno.test("ByteBudget.change() says when the sum is over the limit", () => {
  const budget = new ByteBudget(100);
  assertEquals(budget.change(60), true);
  assertEquals(budget.change(40), true);
  assertEquals(budget.change(1), false);
  assertEquals(budget.used, 101);
});

Deno.test("ByteBudget.change() takes back what was given", () => {
  const budget = new ByteBudget(100);
  budget.change(150);
  assertEquals(budget.change(-50), true);
  assertEquals(budget.change(-100), true);
  assertEquals(budget.used, 0);
});
