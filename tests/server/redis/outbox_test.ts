/**
 * Commands run once and in order, over cuts: by hand, and by a Redis whose connections are killed.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Outbox } from "../../../server/redis/outbox.ts";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

/** An outbox whose items are answered by hand. */
function setUp(options: { maxItems?: number; maxSize?: number; timeout?: number } = {}) {
  const sent: { name: string; isDoubtful: boolean; answer: PromiseWithResolvers<string> }[] = [];
  const state = { isUsable: true };
  const outbox = new Outbox({
    maxItems: 100,
    maxSize: 1_000,
    timeout: 60_000,
    ...options,
    isUsable: () => state.isUsable,
    recover: () => Promise.resolve(),
    unavailable: (text) => new Error(text),
  });
  const add = (name: string, size = 1) =>
    outbox.add({
      size,
      send(isDoubtful) {
        const answer = Promise.withResolvers<string>();
        sent.push({ name, isDoubtful, answer });
        return answer.promise;
      },
    });
  return { outbox, add, sent, state };
}

Deno.test("Outbox sends again in order after a cut, as doubtful what was on its way", async () => {
  const { outbox, add, sent, state } = setUp();
  const results = Promise.all([add("a"), add("b"), add("c")]);
  sent[0]!.answer.resolve("1");
  state.isUsable = false;
  sent[1]!.answer.reject(new Error("cut"));
  sent[2]!.answer.reject(new Error("cut"));
  const later = add("d");
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(sent.length, 3);
  state.isUsable = true;
  outbox.pump();
  assertEquals(sent.slice(3).map(({ name, isDoubtful }) => [name, isDoubtful]), [
    ["b", true],
    ["c", true],
    ["d", false],
  ]);
  sent.slice(3).forEach(({ answer }, i) => answer.resolve(String(i + 2)));
  assertEquals([...await results, await later], ["1", "2", "3", "4"]);
  await outbox.idle();
  assertEquals(outbox.waiting, 0);
  outbox.close();
});

Deno.test("hostile 301: Outbox bounds what waits, and for how long", async () => {
  const { outbox, add, state } = setUp({ maxItems: 2, maxSize: 10, timeout: 50 });
  state.isUsable = false;
  const first = assertRejects(() => add("a", 9), Error, "was not stored");
  await assertRejects(() => add("b", 9), Error, "Too much waits");
  const second = assertRejects(() => add("c"), Error, "was not stored");
  await assertRejects(() => add("d"), Error, "Too much waits");
  await Promise.all([first, second]);
  state.isUsable = true;
  await assertRejects(() => add("e"), Error, "not known whether");
  outbox.close();
});

Deno.test({
  name: "hostile 119: all connections killed under load: nothing lost, doubled or reordered",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using one = redisNode(redis, { size: 2_000, publishTimeout: 30_000 });
    await using two = redisNode(redis, { size: 2_000, publishTimeout: 30_000 });
    await Promise.all([one.start?.(), two.start?.()]);
    const nodes = [linkTo(one), linkTo(two)] as const;
    const start = await nodes[0].link.current("deck");
    const publishing: Promise<unknown>[] = [];
    for (let i = 0; i < 600; i++) {
      const from = i % 2;
      publishing.push(nodes[from]!.link.publish("deck", "note", `[${from},${i}]`));
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (i % 150 === 75) {
        await redis.command("CLIENT", "KILL", "TYPE", "normal");
        await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      }
    }
    await Promise.all(publishing);
    const { messages } = await nodes[1].link.read("deck", start, 2_000);
    const stored = messages?.map(({ data }) => JSON.parse(data) as [number, number]) ?? [];
    for (const from of [0, 1]) {
      const numbers = stored.filter(([node]) => node === from).map(([, i]) => i);
      assertEquals(numbers, Array.from({ length: 300 }, (_, i) => 2 * i + from));
    }
    await waitFor(() => one.stats().reconnections > 0 && one.state === "up" && two.state === "up");
  },
});
