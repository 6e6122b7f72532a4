/** Leases: the users of a dead node are taken out, once. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { eventually } from "../../support/wait.ts";

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
    // The keys of a killed node; the lease comes last, as nodes look for it.
    for (const user of ["ada", "bob"]) {
      await redis.command("ZADD", "{hawser:%2F:p:deck}:z", "0", `${user}\0deadnode`);
      await redis.command("SADD", "{hawser:%2F:p:deck}:u", user);
      await redis.command("SADD", "hawser:h:deadnode", `%2F\0deck\0${user}\0deadnode`);
    }
    await redis.command("ZADD", "hawser:nodes", "1", "deadnode 5");
    await eventually(() => vanished.length > 0);
    await eventually(() => nodes.every(({ link }) => link.nodes().length === 2));
    assertEquals(vanished, ["deck ada"]);
    for (const { ears } of nodes) {
      assertEquals(ears.goneNodes.filter((each) => each !== "deadnode lost"), []);
    }
    assertEquals(await nodes[1].link.presence.users("deck", 10), ["bob"]);
  },
});

/** Two nodes with users of their own, and what is told of them. */
async function twoNodes(redis: TestRedis, ...timeouts: [number, number]) {
  const brokers = timeouts.map((nodeTimeout) => redisNode(redis, { nodeTimeout }));
  await Promise.all(brokers.map((broker) => broker.start?.()));
  const [one, two] = brokers.map((broker) => linkTo(broker)) as [Linked, Linked];
  const told: string[] = [];
  for (const [name, { ears }] of Object.entries({ one, two })) {
    ears.vanished = (_room?: string, userId?: string) =>
      void told.push(`${userId} vanished, ${name}`);
    ears.appeared = (_room?: string, userId?: string) =>
      void told.push(`${userId} appeared, ${name}`);
  }
  await one.link.presence.enter("deck", "ada", one.link.node);
  await two.link.presence.enter("deck", "bob", two.link.node);
  await eventually(() => [one, two].every(({ link }) => link.nodes().length === 2));
  return {
    one,
    two,
    told,
    async [Symbol.asyncDispose]() {
      for (const broker of brokers) await broker[Symbol.asyncDispose]();
    },
  };
}

type Linked = ReturnType<typeof linkTo>;

Deno.test({
  name: "hostile 365: Redis away for longer than a lease: no node is taken for dead by the other",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using nodes = await twoNodes(redis, 900, 900);
    for (let i = 0; i < 3; i++) {
      redis.signal("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 1_500)); // the fault itself
      redis.signal("SIGCONT");
      const { renewed } = await leasesOf(redis);
      await eventually(() => nodes.one.broker.state === "up" && nodes.two.broker.state === "up");
      for (let all = renewed; !all.every((score, k) => score > renewed[k]! + 900);) {
        all = (await leasesOf(redis)).renewed;
      }
    }
    assertEquals([nodes.told, nodes.one.ears.goneNodes, nodes.two.ears.goneNodes], [[], [], []]);
    assertEquals((await nodes.one.link.presence.users("deck", 10)).toSorted(), ["ada", "bob"]);
  },
});

/** When the leases end, in the order of their nodes' names. */
async function leasesOf(redis: TestRedis): Promise<{ renewed: number[] }> {
  const lines = (await redis.command("ZRANGE", "hawser:nodes", "0", "-1", "WITHSCORES"))
    .split("\r\n").filter((line) => line !== "" && !/^[*$]/.test(line));
  const leases = lines.flatMap((line, i) => i % 2 === 0 ? [[line, Number(lines[i + 1])]] : []);
  const sorted = leases.toSorted(([one], [other]) => String(one) < String(other) ? -1 : 1);
  return { renewed: sorted.map(([, score]) => Number(score)) };
}

Deno.test({
  name:
    "hostile 368: a node that only stood still: its users vanish, and are there again, once each",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using nodes = await twoNodes(redis, 600_000, 2_000); // the first one renews when it is told
    const { one, two, told } = nodes;
    await redis.command("ZADD", "hawser:nodes", "1", await ownLease(redis, one.link.node));
    await eventually(() => told.length === 1);
    await redis.command("PUBLISH", "hawser:nodes", "h1 c somebody");
    await eventually(() => told.length === 2);
    await eventually(() => two.link.nodes().length === 2);
    assertEquals(told, ["ada vanished, two", "ada appeared, one"]);
    assertEquals((await two.link.presence.users("deck", 10)).toSorted(), ["ada", "bob"]);
    assertEquals(await one.link.presence.leave("deck", "ada", one.link.node), true);
  },
});

/** The entry of a node among the leases. */
async function ownLease(redis: TestRedis, node: string): Promise<string> {
  const answer = await redis.command("ZRANGE", "hawser:nodes", "0", "-1");
  return answer.split("\r\n").find((line) => line.startsWith(`${node} `)) ?? "";
}
