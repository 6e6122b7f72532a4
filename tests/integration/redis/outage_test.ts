/** Redis goes, comes back and stands still under traffic: whole trips, with the client library. */

import { assert, assertEquals } from "@std/assert";
import { optional } from "../../support/optional.ts";
import { TestRedis } from "../../support/redis.ts";
import { RedisRoom } from "../../support/redis_room.ts";
import { Relay } from "../../support/relay.ts";
import { eventually } from "../../support/wait.ts";

/** How long a fault lasts. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Nobody was told of a gap, and nothing was refused. */
function assertNothingLost(
  room: RedisRoom,
  traffic: { unstored: string[]; unknown: string[] },
): void {
  assertEquals(room.members.flatMap(({ gaps }) => gaps), []);
  assertEquals([traffic.unstored, traffic.unknown, room.errors], [[], [], []]);
}

function testOutage(
  name: string,
  run: (redis: TestRedis) => Promise<void>,
  ...args: string[]
): void {
  Deno.test({
    name,
    ...optional("redis"),
    async fn() {
      await using redis = await TestRedis.start(...args);
      await run(redis);
    },
  });
}

const durable = ["--appendonly", "yes"];

testOutage(
  "hostile 353: Redis is killed under traffic, and comes back with its data: nothing is lost",
  async (redis) => {
    await using room = await RedisRoom.start({ urls: [redis.url, redis.url] });
    const traffic = room.traffic(300);
    for (let i = 0; i < 2; i++) {
      await eventually(() => traffic.stored.length > (i + 1) * 300);
      await redis.kill();
      await room.state("down");
      await pause(500);
      await redis.run(...durable);
      await room.state("up");
    }
    await room.end(traffic);
    assertNothingLost(room, traffic);
    assert(room.notices.some((text) => text.startsWith("Redis is away")));
    assert(room.notices.includes("Redis is back"));
  },
  ...durable,
);

testOutage(
  "hostile 356: Redis is killed under traffic, and comes back empty: a reset for each member",
  async (redis) => {
    await using room = await RedisRoom.start({ urls: [redis.url, redis.url] });
    const traffic = room.traffic(300);
    await eventually(() => traffic.stored.length > 300);
    await redis.kill();
    await room.state("down");
    await redis.run();
    await room.state("up");
    await eventually(() => traffic.stored.length > 600);
    await room.end(traffic);
    assertEquals(room.members.map(({ gaps }) => gaps.length), [1, 1, 1, 1]);
    assertEquals(room.members.flatMap(({ joined }) => joined.map((each) => each.recovered)), [
      ...Array.from({ length: 4 }, () => false),
    ]);
    assertEquals([traffic.unstored, traffic.unknown, room.errors], [[], [], []]);
  },
);

testOutage(
  "hostile 352: FLUSHALL: members are told of a reset within 12 s, with traffic or without",
  async (redis) => {
    const urls = [redis.url, redis.url];
    await using room = await RedisRoom.start({ urls });
    const traffic = room.traffic(300);
    await eventually(() => room.members.every(({ heard }) => heard.length > 300));
    await redis.command("FLUSHALL");
    await eventually(() => room.members.every(({ gaps }) => gaps.length === 1));
    await room.end(traffic);
    // Nobody publishes any more: it is found by looking.
    const flushed = performance.now();
    await redis.command("FLUSHALL");
    while (!room.members.every(({ gaps }) => gaps.length === 2)) await pause(50);
    const after = performance.now() - flushed;
    assert(after < 30_000, `they were told after ${after} ms`); // 12 s, where nothing else runs
    for (const { joined } of room.members) {
      assertEquals(joined.map(({ recovered }) => recovered), [false, false]);
    }
    await room.end(room.traffic(100));
    assertEquals([traffic.unstored, traffic.unknown, room.errors], [[], [], []]);
  },
);

testOutage(
  "hostile 354: Redis stands still for three seconds: all waits, and nothing is lost",
  async (redis) => {
    const urls = [redis.url, redis.url, redis.url];
    await using room = await RedisRoom.start({ urls });
    const traffic = room.traffic(300);
    await eventually(() => traffic.stored.length > 300);
    redis.signal("SIGSTOP");
    await pause(3_000);
    const stored = traffic.stored.length;
    redis.signal("SIGCONT");
    await eventually(() => traffic.stored.length > stored + 300);
    await room.end(traffic);
    assertNothingLost(room, traffic);
  },
);

testOutage(
  "hostile 355: Redis stands still for longer: UNAVAILABLE at the deadline, bounded, and then on",
  async (redis) => {
    await using room = await RedisRoom.start({
      urls: [redis.url, redis.url],
      publishTimeout: 1_000,
      maxWaiting: 200,
    });
    const [node] = room.nodes;
    const traffic = room.traffic(500);
    await eventually(() => traffic.stored.length > 500);
    redis.signal("SIGSTOP");
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, node!.server.stats().broker?.waiting ?? 0);
    }, 5);
    await room.state("down");
    clearInterval(timer);
    // Its own members go on hearing what is emitted.
    const heard = Promise.withResolvers<void>();
    room.members[0]!.client.on("question", () => heard.resolve());
    node!.app.to("deck").emit("question", 1);
    await heard.promise;
    await pause(2_000);
    redis.signal("SIGCONT");
    await room.state("up");
    const stored = traffic.stored.length;
    await eventually(() => traffic.stored.length > stored + 200);
    await room.end(traffic);
    assertEquals(most, 200);
    assert(traffic.unstored.length > 1_000 && traffic.unknown.length > 0);
    assertEquals(room.members.flatMap(({ gaps }) => gaps), []);
    assertEquals(traffic.errors, []);
  },
);

testOutage(
  "hostile 357: all connections killed every 0.7 s under 500 messages a second",
  async (redis) => {
    await using room = await RedisRoom.start({
      urls: [redis.url, redis.url, redis.url],
    });
    const traffic = room.traffic(500);
    for (let i = 0; i < 12; i++) {
      await pause(700);
      await redis.command("CLIENT", "KILL", "TYPE", "normal");
      await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    }
    await room.state("up");
    const stored = traffic.stored.length;
    await eventually(() => traffic.stored.length > stored + 500);
    await room.end(traffic);
    assertNothingLost(room, traffic);
    assert(traffic.stored.length > 1_000, `${traffic.stored.length}`);
    for (const { server } of room.nodes) {
      assert((server.stats().broker?.reconnections ?? 0) >= 1);
    }
  },
);

testOutage(
  "hostile 358: a partition that swallows all: one node goes on, the other catches up",
  async (redis) => {
    await using relay = new Relay(redis.port);
    await using room = await RedisRoom.start({
      urls: [redis.url, `redis://127.0.0.1:${relay.port}`],
    });
    const traffic = room.traffic(300);
    await eventually(() => traffic.stored.length > 300);
    relay.swallow();
    const [, cut] = room.nodes;
    await eventually(() => cut!.server.stats().broker?.state === "down");
    const stored = traffic.stored.length;
    await eventually(() => traffic.stored.length > stored + 150);
    relay.restore();
    await room.state("up");
    await room.end(traffic);
    assertNothingLost(room, traffic);
  },
);
