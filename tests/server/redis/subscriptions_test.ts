/** Channels that are heard, also after a cut. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test({
  name: "Subscriptions are made again after a cut, also those that were asked for in it",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis);
    const { link, ears } = linkTo(broker);
    await link.follow("room:deck");
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await waitFor(() => broker.state === "down");
    await link.follow("room:bridge");
    await waitFor(() => broker.state === "up");
    await link.follow("room:deck");
    for (const room of ["deck", "bridge"]) await link.publish(room, "note", "{}");
    await waitFor(() => ears.heard.length === 2);
    assertEquals([ears.seqs("deck"), ears.seqs("bridge")], [[1], [1]]);
  },
});

Deno.test({
  name: "hostile 120: foreign bytes on every channel are dropped and counted",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis);
    const { link, ears } = linkTo(broker);
    await link.follow("room:deck");
    await link.follow("all");
    const channels = ["hawser:nodes", "hawser:%2F:r:deck", "hawser:%2F:all"];
    for (const channel of channels) {
      for (const text of ["", "{", "h2 t abcd1234 x", "\u0000\u00ff", "h1 g nobody"]) {
        await redis.command("PUBLISH", channel, text);
      }
    }
    await waitFor(() => broker.stats().foreign === 15);
    // One's own again: no loop.
    await redis.command("PUBLISH", "hawser:%2F:all", `h1 t ${link.node} echo`);
    await link.publish("deck", "note", "{}");
    await waitFor(() => ears.heard.length === 1);
    assertEquals([ears.messages, ears.questions], [[], []]);
  },
});
