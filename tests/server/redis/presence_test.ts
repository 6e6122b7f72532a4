/** Presence in Redis, also after Redis has lost it. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { presenceContract } from "../../support/presence_contract.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

presenceContract("RedisPresence", async () => {
  const redis = await TestRedis.start();
  const broker = redisNode(redis);
  const { presence } = linkTo(broker).link;
  return {
    presence,
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}, optional("redis").ignore);

Deno.test({
  name: "hostile 308: Redis restarts without its data: users are there again, silently",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis, { nodeTimeout: 900 });
    const { link } = linkTo(broker);
    assertEquals(await link.presence.enter("deck", "ada%\0", link.node), true);
    await redis.kill();
    await redis.run();
    await waitFor(() => broker.state === "up");
    let users: string[] = [];
    while (users.length === 0) users = await link.presence.users("deck", 10);
    assertEquals(users, ["ada%\0"]);
    assertEquals(await link.presence.leave("deck", "ada%\0", link.node), true);
  },
});
