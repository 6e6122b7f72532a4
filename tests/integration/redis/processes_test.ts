/** Nodes as processes of their own: many under load, one that is killed, one that stands still. */

import { assert, assertEquals } from "@std/assert";
import { addressOf, soak, startRedisNode } from "../../soak/redis_room.ts";
import { optional } from "../../support/optional.ts";
import { TestRedis } from "../../support/redis.ts";
import { checkRoom, RoomMember } from "../../support/room_members.ts";
import { Traffic } from "../../support/room_traffic.ts";
import { eventually } from "../../support/wait.ts";

const cases = optional("redis");

/** Longer than a busy machine keeps a process waiting that lives. Milliseconds. */
const lease = 6_000;

Deno.test({
  name: "30 members on three processes hear the same 500 messages a second, whoever publishes",
  ...cases,
  async fn() {
    const { stored, deliveries, refused, gaps } = await soak({
      seconds: 6,
      nodes: 3,
      clients: 30,
      rate: 500,
    });
    assert(stored > 2_000, `${stored}`);
    assertEquals([deliveries, refused, gaps], [30 * stored, 0, 0]);
  },
});

/** The presence updates that a member has received. */
function notePresence({ client }: RoomMember): string[] {
  const told: string[] = [];
  client.on("presence:update", ({ userId, status }) => void told.push(`${userId} ${status}`));
  return told;
}

Deno.test({
  name: "hostile 363: kill -9 of a node: its users go once, its clients recover on another node",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using one = await startRedisNode(redis, lease);
    await using two = await startRedisNode(redis, lease);
    await using three = await startRedisNode(redis, lease);
    await using bob = await RoomMember.join(addressOf(two, "bob"));
    await using eve = await RoomMember.join(addressOf(three, "eve"));
    const told = [notePresence(bob), notePresence(eve)];
    let place = one;
    await using dan = await RoomMember.join(() => addressOf(place)); // comes back as nobody else
    await using ada = await RoomMember.join(addressOf(one, "ada"));
    const traffic = new Traffic([bob, eve], 200);
    await eventually(() =>
      told.every((each) => each.includes("ada online")) && dan.heard.length > 50
    );
    place = two;
    const killed = performance.now();
    one.signal("SIGKILL");
    await eventually(() => told.every((each) => each.includes("ada offline")));
    const after = performance.now() - killed;
    assert(after < 40_000, `told offline after ${after} ms, with a lease of ${lease} ms`);
    const count = dan.heard.length;
    await eventually(() => dan.heard.length > count + 50);
    await traffic.stop();
    const last = traffic.send();
    await traffic.stop();
    await eventually(() => [bob, eve, dan].every((member) => member.hasHeard(last)));
    checkRoom([bob, eve, dan], traffic);
    assertEquals([bob, eve, dan].flatMap(({ gaps }) => gaps), []);
    assertEquals([traffic.unstored, traffic.unknown], [[], []]);
    for (const each of told) {
      assertEquals(each.filter((text) => text.startsWith("ada")), ["ada online", "ada offline"]);
    }
    await ada.client.close();
  },
});

Deno.test({
  name:
    "hostile 367: a node that stands still while it is asked: the deadline, and then it is back",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await using one = await startRedisNode(redis, lease);
    await using two = await startRedisNode(redis, lease);
    await using ada = await RoomMember.join(addressOf(one, "ada"));
    await using bob = await RoomMember.join(addressOf(two, "bob"));
    const told = notePresence(bob);
    const total = () => bob.client.emitWithAck("total", { room: "deck", timeout: 300 });
    assertEquals(await total(), 2);
    one.signal("SIGSTOP");
    const asked = performance.now();
    assertEquals(await total(), "ACK_TIMEOUT");
    const after = performance.now() - asked;
    assert(after >= 1_200 && after < 30_000, `the question ended after ${after} ms`);
    const metrics = await (await fetch(new URL("/metrics", two.url))).text();
    assert(/^hawser_broker_missing_replies_total 1$/m.test(metrics), metrics);
    await eventually(() => told.includes("ada offline"));
    one.signal("SIGCONT");
    await eventually(() => told.at(-1) === "ada online");
    assertEquals(told.filter((text) => text.startsWith("ada")).slice(-2), [
      "ada offline",
      "ada online",
    ]);
    await bob.publish("deck", "said", { text: "0:0" });
    await eventually(() => [ada, bob].every((member) => member.hasHeard("0:0")));
    assertEquals(await total(), 2);
  },
});
