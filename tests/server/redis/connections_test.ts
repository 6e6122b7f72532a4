/** Both connections, and a server that cannot be used. */

import { assertEquals, assertRejects } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";

Deno.test({
  name: "Connections refuse a cluster by name",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start("--cluster-enabled", "yes");
    await using broker = redisNode(redis, { publishTimeout: 1_000 });
    const { link } = linkTo(broker);
    await assertRejects(async () => await broker.start?.(), Error, "Cluster");
    await assertRejects(() => link.publish("deck", "note", "1"), Error);
    assertEquals(broker.state, "down");
  },
});

Deno.test({
  name: "hostile 309: SCRIPT FLUSH under load: the scripts are loaded again, the order is kept",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis);
    const { link } = linkTo(broker);
    await link.publish("deck", "note", "0");
    await redis.command("SCRIPT", "FLUSH");
    const publishing = Array.from({ length: 100 }, () => link.publish("deck", "note", "{}"));
    const positions = await Promise.all(publishing);
    assertEquals(positions.map(({ seq }) => seq), Array.from({ length: 100 }, (_, i) => i + 2));
    await redis.command("SCRIPT", "FLUSH");
    assertEquals((await link.current("deck")).seq, 101);
  },
});
