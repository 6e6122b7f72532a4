/** Streams in Redis, and what becomes of them when Redis loses them. */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { EventError } from "../../../server/app/events/errors.ts";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";
import { Relay } from "../../support/relay.ts";

const cases = optional("redis");

Deno.test({
  name: "hostile 303: FLUSHALL: another epoch, and the old positions lead nowhere",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis);
    const { link } = linkTo(broker);
    const before = await link.publish("deck", "note", "1");
    await redis.command("FLUSHALL");
    const after = await link.publish("deck", "note", "2");
    assertEquals(after.seq, 1);
    assertNotEquals(after.epoch, before.epoch);
    assertEquals((await link.read("deck", before, 10)).messages, undefined);
  },
});

Deno.test({
  name: "hostile 304: keys of a wrong type: an error at once, and the other rooms go on",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis);
    const { link } = linkTo(broker);
    await link.publish("bridge", "note", "1");
    await redis.command("SET", "{hawser:%2F:deck}:m", "x");
    await redis.command("DEL", "{hawser:%2F:bridge}:s");
    await redis.command("SET", "{hawser:%2F:bridge}:s", "x");
    await assertRejects(() => link.publish("deck", "note", "1"), Error, "WRONGTYPE");
    await assertRejects(() => link.publish("bridge", "note", "2"), Error, "WRONGTYPE");
    await assertRejects(() => link.current("deck"), Error, "something else");
    assertEquals((await link.publish("mess", "note", "1")).seq, 1);
    // No number was taken where nothing was stored.
    await redis.command("DEL", "{hawser:%2F:bridge}:s");
    assertEquals((await link.publish("bridge", "note", "2")).seq, 2);
  },
});

Deno.test({
  name: "hostile 305: publish while Redis is away: UNAVAILABLE at its deadline",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis, { publishTimeout: 300 });
    const { link } = linkTo(broker);
    const position = await link.publish("deck", "note", "1");
    await redis.kill();
    const error = await assertRejects(() => link.publish("deck", "note", "2"), EventError);
    assertEquals(error.code, "UNAVAILABLE");
    await assertRejects(() => link.read("deck", position, 10), EventError);
    await assertRejects(() => link.follow("room:deck"), EventError);
    await assertRejects(() => link.ask("all", "who?", 100), EventError);
    assertEquals([broker.state, broker.stats().rejected, broker.stats().waiting], ["down", 1, 0]);
  },
});

Deno.test({
  name: "hostile 306: a room that stands before what was heard gets another epoch by a check",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis, { checkInterval: 50 });
    const { link, ears } = linkTo(broker);
    const stood = Promise.withResolvers<string>();
    await link.follow("room:deck");
    await link.publish("deck", "note", "1");
    const { epoch } = await link.publish("deck", "note", "2");
    ears.stands = (_room?: string, position?: { epoch: string }) => {
      if (position !== undefined && position.epoch !== epoch) stood.resolve(position.epoch);
    };
    await redis.command("HSET", "{hawser:%2F:deck}:m", "s", "1");
    const found = await stood.promise;
    assertEquals((await link.current("deck")).epoch, found);
  },
});

Deno.test({
  name:
    "hostile 358: a message that may be stored is found behind thousands of others, also trimmed",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using relay = new Relay(redis.port);
    const options = { size: 10_000, publishTimeout: 60_000 };
    await using one = redisNode(redis, { ...options, url: `redis://127.0.0.1:${relay.port}` });
    await using two = redisNode(redis, options);
    const [cut, other] = [linkTo(one).link, linkTo(two).link];
    for (const kept of [10_000, 100]) {
      const room = `deck${kept}`;
      await cut.publish(room, "note", "0");
      // Redis gets them, and the node does not get the replies.
      relay.swallow({ onlyReplies: true });
      const doubtful = Array.from({ length: 50 }, (_, i) => cut.publish(room, "note", `${i + 1}`));
      while ((await other.current(room)).seq < 51);
      const others = Array.from({ length: 3_000 }, () => other.publish(room, "note", "other"));
      await Promise.all(others);
      await redis.command("XTRIM", `{hawser:%2F:${room}}:s`, "MAXLEN", String(kept));
      relay.cut();
      relay.restore();
      const positions = await Promise.all(doubtful);
      const seqs = positions.map(({ seq }) => seq);
      const found = Array.from({ length: 50 }, (_, i) => i + 2);
      assertEquals(seqs, kept === 100 ? found.map(() => 51) : found);
      assertEquals((await other.current(room)).seq, 3_051);
    }
  },
});

Deno.test({
  name: "hostile 362: a room in which the numbers that were heard belong to others: another epoch",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using broker = redisNode(redis, { checkInterval: 50 });
    const { link, ears } = linkTo(broker);
    await link.follow("room:deck");
    const { epoch } = await link.publish("deck", "note", "1");
    await link.publish("deck", "note", "2");
    await waitFor(() => ears.heard.length === 2);
    const stood = Promise.withResolvers<string>();
    ears.stands = (_room?: string, position?: { epoch: string }) => {
      if (position !== undefined && position.epoch !== epoch) stood.resolve(position.epoch);
    };
    // The last message is another one, and more have followed.
    await redis.command(
      "EVAL",
      `redis.call('DEL', KEYS[1])
      for _, seq in ipairs({ 2, 3 }) do
        redis.call('XADD', KEYS[1], seq .. '-0', 'd', '4:note0', 'i', 'other-' .. seq, 't', '1')
      end
      redis.call('HSET', KEYS[2], 's', '3')`,
      "2",
      "{hawser:%2F:deck}:s",
      "{hawser:%2F:deck}:m",
    );
    const found = await stood.promise;
    assertEquals((await link.current("deck")).epoch, found);
  },
});
