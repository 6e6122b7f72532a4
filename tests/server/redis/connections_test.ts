/** Both connections, and a server that cannot be used. */

import { assertEquals, assertRejects } from "@std/assert";
import { EventError } from "../../../server/app/events/errors.ts";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test({
  name: "hostile 364: a cluster is refused by name, at the start and at each call, at once",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start("--cluster-enabled", "yes");
    const notices: string[] = [];
    await using broker = redisNode(redis, {
      publishTimeout: 60_000,
      onNotice: (text) => void notices.push(text),
    });
    const { link } = linkTo(broker);
    await assertRejects(async () => await broker.start?.(), Error, "Cannot use Redis Cluster");
    for (
      const call of [
        () => link.publish("deck", "note", "1"),
        () => link.current("deck"),
        () => link.ask("all", "who?", 60_000),
        () => link.presence.users("deck", 10),
      ]
    ) await assertRejects(call, EventError, "Cluster");
    assertEquals(broker.state, "down");
    assertEquals(notices.map((text) => text.includes("Cluster")), [true]);
  },
});

Deno.test({
  name: "hostile 351: a broker that is closed ends all that waits for Redis, at once",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    const broker = redisNode(redis, { publishTimeout: 600_000 });
    const { link } = linkTo(broker);
    await link.follow("all");
    redis.signal("SIGSTOP");
    const waiting = [
      link.publish("deck", "note", "1"),
      link.current("deck"),
      link.follow("room:deck"),
      link.ask("all", "who?", 600_000),
      link.presence.enter("deck", "ada", link.node),
      link.presence.users("deck", 10),
    ].map((call) => assertRejects(() => call));
    await waitFor(() => broker.state === "down");
    await broker[Symbol.asyncDispose]();
    await Promise.all(waiting);
    await assertRejects(() => link.publish("deck", "note", "2"), EventError, "closed");
    await assertRejects(() => link.presence.enter("deck", "bob", link.node), EventError);
    redis.signal("SIGCONT");
  },
});

Deno.test({
  name: "hostile 370: Redis that was never there: each call ends at its deadline",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await redis.kill();
    await using broker = redisNode(redis, { publishTimeout: 300 });
    const { link } = linkTo(broker);
    broker.start?.().catch(() => {}); // waits for as long as it takes
    for (
      const call of [
        () => link.publish("deck", "note", "1"),
        () => link.current("deck"),
        () => link.follow("room:deck"),
        () => link.ask("all", "who?", 60_000),
        () => link.presence.users("deck", 10),
      ]
    ) assertEquals((await assertRejects(call, EventError)).code, "UNAVAILABLE");
    await redis.run();
    await waitFor(() => broker.state === "up");
    assertEquals((await link.publish("deck", "note", "1")).seq, 1);
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
