/** A node as a whole: it says what happens to its connections. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test({
  name: "RedisNode tells when Redis is away and back, and begins without it",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await redis.kill();
    const notices: string[] = [];
    await using broker = redisNode(redis, { onNotice: (text) => void notices.push(text) });
    const { ears } = linkTo(broker);
    const states: string[] = [];
    ears.state = (state?: string) => void states.push(state ?? "");
    const starting = broker.start?.();
    await waitFor(() => notices.length === 1);
    await redis.run();
    await starting;
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await waitFor(() => states.length === 3);
    assertEquals(states, ["up", "down", "up"]);
    assertEquals(notices.map((text) => text.split(":")[0]), [
      "Redis is away",
      "Redis is away",
      "Redis is back",
    ]);
  },
});
