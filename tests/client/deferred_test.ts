import { assertEquals, assertRejects } from "@std/assert";
import { Deferred } from "../../client/deferred.ts";

Deno.test("Deferred settles once, from outside", async () => {
  const [kept, broken] = [new Deferred<number>(), new Deferred<number>()];
  kept.resolve(1);
  kept.reject(new Error("too late"));
  assertEquals(await kept.promise, 1);
  broken.reject(new Error("gone"));
  await assertRejects(() => broken.promise, Error, "gone");
});
