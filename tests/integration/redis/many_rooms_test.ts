/** Ten thousand rooms over a cut, and two applications over two brokers in one process. */

import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { linkTo, RecordingEars } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { RedisRoom } from "../../support/redis_room.ts";
import { eventually } from "../../support/wait.ts";

const cases = optional("redis");

/** Counts where rooms stand, as the broker finds it by looking. */
class StandingEars extends RecordingEars {
  readonly stood = new Map<string, number>();

  override stands(room?: string, position?: { seq: number }): void {
    if (room !== undefined && position !== undefined) this.stood.set(room, position.seq);
  }
}

Deno.test({
  name: "hostile 369: 10,000 rooms and a cut: all are heard and looked at again, in a second",
  ...cases,
  async fn() {
    const count = 10_000;
    await using redis = await TestRedis.start();
    const options = { checkInterval: 600_000 };
    await using one = redisNode(redis, options);
    await using two = redisNode(redis, options);
    const ears = new StandingEars();
    const link = one.link("/", ears);
    const other = linkTo(two).link;
    const rooms = Array.from({ length: count }, (_, i) => `room ${i}`);
    await Promise.all(rooms.map((room) => link.follow(`room:${room}`)));
    await Promise.all(rooms.map((room) => other.publish(room, "note", "1")));
    await eventually(() => ears.heard.length === count);
    const times: number[] = [];
    const work: number[] = [];
    for (let round = 0; round < 3; round++) {
      ears.stood.clear();
      const start = performance.now();
      const before = process.cpuUsage();
      await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      await redis.command("CLIENT", "KILL", "TYPE", "normal");
      await eventually(() => ears.stood.size === count);
      times.push(performance.now() - start);
      const { user, system } = process.cpuUsage(before);
      work.push((user + system) / 1_000);
    }
    // The machine may be busy: the work of the process tells more than the time.
    assert(Math.min(...work) < 2_000, `${work.map(Math.round)} ms of CPU`);
    // deno-lint-ignore no-console -- a figure for docs/scale.md
    console.log(
      `10,000 rooms were back after ${times.map(Math.round).join(", ")} ms, ` +
        `with ${work.map(Math.round).join(", ")} ms of CPU`,
    );
    await Promise.all(rooms.map((room) => other.publish(room, "note", "2")));
    await eventually(() => ears.heard.length === 2 * count);
    assertEquals(
      new Set(ears.heard.filter(({ seq }) => seq === 2).map(({ room }) => room)).size,
      count,
    );
    assertEquals(new Set(ears.stood.values()), new Set([1]));
  },
});

Deno.test({
  name:
    "two applications over two brokers in one process, with two prefixes, know nothing of each other",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using one = await RedisRoom.start({ urls: [redis.url, redis.url], prefix: "one" });
    await using two = await RedisRoom.start({ urls: [redis.url, redis.url], prefix: "two" });
    const traffic = [one.traffic(100), two.traffic(100)] as const;
    await eventually(() => traffic.every(({ stored }) => stored.length > 100));
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await one.state("up");
    await two.state("up");
    await one.end(traffic[0]);
    await two.end(traffic[1]);
    for (const room of [one, two]) {
      assertEquals(room.nodes.map(({ app }) => app.nodes.list().length), [2, 2]);
      assertEquals(room.members.flatMap(({ gaps }) => gaps), []);
    }
    const epochs = [one, two].map(({ members }) => members[0]!.heard[0]!.epoch);
    assert(epochs[0] !== epochs[1]);
  },
});
