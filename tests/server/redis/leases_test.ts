/** Leases: the users of a dead node are taken out, once. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test({
  name: "hostile 307: a node that died: lost everywhere, its users vanish once",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using one = redisNode(redis, { nodeTimeout: 900 });
    await using two = redisNode(redis, { nodeTimeout: 900 });
    await Promise.all([one.start?.(), two.start?.()]);
    const nodes = [linkTo(one), linkTo(two)] as const;
    const vanished: string[] = [];
    for (const { ears } of nodes) {
      ears.vanished = (room?: string, userId?: string) => void vanished.push(`${room} ${userId}`);
    }
    await nodes[0].link.presence.enter("deck", "bob", nodes[0].link.node);
    // What a node leaves behind that was killed.
    const time = "1";
    await redis.command("ZADD", "hawser:nodes", time, "deadnode 5");
    for (const user of ["ada", "bob"]) {
      await redis.command("ZADD", "{hawser:%2F:p:deck}:z", "0", `${user}\0deadnode`);
      await redis.command("SADD", "{hawser:%2F:p:deck}:u", user);
      await redis.command("SADD", "hawser:h:deadnode", `%2F\0deck\0${user}\0deadnode`);
    }
    await waitFor(() => vanished.length > 0);
    await waitFor(() => nodes.every(({ link }) => link.nodes().length === 2));
    assertEquals(vanished, ["deck ada"]);
    assertEquals(await nodes[1].link.presence.users("deck", 10), ["bob"]);
  },
});
