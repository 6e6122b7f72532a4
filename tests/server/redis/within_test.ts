/** Tests of server/redis/within.ts. */

import { assertEquals } from "@std/assert";
import { within } from "../../../server/redis/within.ts";

Deno.test("within() resolves with the promise, or when the time is over", async () => {
  const order: string[] = [];
  const late = within(new Promise(() => {}), 20).then(() => order.push("late"));
  await within(Promise.resolve(), 60_000);
  order.push("first");
  await late;
  assertEquals(order, ["first", "late"]);
});
