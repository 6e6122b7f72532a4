/** Questions, and how many replies are waited for. */

import { EventError } from "../../../server/app/events/errors.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { Questions } from "../../../server/redis/questions.ts";

Deno.test("Questions end with the last reply, the own echo counted", async () => {
  const questions = new Questions();
  const asking = questions.ask((id) => {
    questions.replied(id, "a", "1");
    questions.replied(id, "a", "twice");
    queueMicrotask(() => questions.echoed(id));
    setTimeout(() => questions.replied(id, "b", undefined));
    return Promise.resolve(3);
  }, 60_000);
  assertEquals(await asking, { replies: ["1"], missing: 1 });
  assertEquals([questions.asked, questions.missing], [1, 1]);
});

Deno.test("Questions end at their deadline, and replies behind it are nobody's", async () => {
  const questions = new Questions();
  let id = "";
  const asking = questions.ask((each) => {
    id = each;
    return Promise.resolve(2);
  }, 10);
  assertEquals(await asking, { replies: [], missing: 2 });
  questions.replied(id, "a", "late");
});

Deno.test("Questions end at their deadline where Redis has not taken them yet", async () => {
  const questions = new Questions();
  const stuck = Promise.withResolvers<number>();
  await assertRejects(() => questions.ask(() => stuck.promise, 10), EventError, "does not answer");
  stuck.reject(new Error("Redis has gone")); // nobody waits for it any more
  await stuck.promise.catch(() => {});
});
