/** Redis is there, and refuses: out of memory, without rights, as a replica, over keys of others. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { redisBroker } from "@hawser/ws/redis";
import { HawserClient } from "@hawser/ws/client";
import { linkTo } from "../../support/broker_contract.ts";
import { ClientServer } from "../../support/client_app.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";
import { RedisRoom } from "../../support/redis_room.ts";
import { Relay } from "../../support/relay.ts";
import { eventually } from "../../support/wait.ts";

const cases = optional("redis");

Deno.test({
  name: "hostile 359: Redis out of memory: the error at once, events go on, no node is lost",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    const urls = [redis.url, redis.url];
    await using room = await RedisRoom.start({ urls, nodeTimeout: 900 });
    const [one, two] = room.nodes;
    await one!.app.publish("deck", "said", { roomId: "deck", text: "a:0" });
    await redis.command("CONFIG", "SET", "maxmemory", "1");
    const start = performance.now();
    await assertRejects(
      () => one!.app.publish("deck", "said", { roomId: "deck", text: "a:1" }),
      Error,
      "OOM",
    );
    assert(performance.now() - start < 60_000); // half of the time that it waits for a Redis
    // Events of one node reach the members of the other.
    const heard = Promise.withResolvers<void>();
    room.members.at(-1)!.client.on("question", () => heard.resolve());
    one!.app.to("deck").emit("question", 1);
    await heard.promise;
    // Leases cannot be renewed, which is said once, and nobody is taken for dead afterwards.
    await eventually(() => room.notices.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than a lease
    for (const text of room.notices) assert(text.startsWith("Redis refuses the lease"), text);
    await redis.command("CONFIG", "SET", "maxmemory", "0");
    assertEquals((await two!.app.publish("deck", "said", { roomId: "deck", text: "b:0" })).seq, 2);
    await room.end(room.traffic(100));
    await eventually(() => room.nodes.every(({ server }) => server.stats().broker?.nodes === 2));
    const { broker } = one!.server.stats();
    assertEquals([broker?.state, broker?.rejected], ["up", 1]);
    assert((broker?.refused ?? 0) >= 2);
    assertEquals(room.members.flatMap(({ gaps }) => gaps), []);
  },
});

Deno.test({
  name:
    "hostile 421: users who come while Redis is out of memory: are there when it is not any more",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    const errors: unknown[] = [];
    const nodes = [0, 1].map(() =>
      new ClientServer({
        broker: redisNode(redis),
        presence: { grace: 0, interval: 0 },
        identify: ({ request }) => ({ id: new URL(request.url).searchParams.get("name") ?? "" }),
        onError: (error) => void errors.push(error),
      })
    );
    await using _nodes = new AsyncDisposableStack();
    for (const node of nodes) _nodes.use(node);
    const [one, two] = nodes as [ClientServer, ClientServer];
    await using bob = new HawserClient(`${two.url}?name=bob`);
    const told: string[] = [];
    bob.on("presence:update", (each) => {
      const { userId, status } = each as { userId: string; status: string };
      told.push(`${userId} ${status}`);
    });
    await until(async () => (await two.app.users()).includes("bob"));
    await redis.command("CONFIG", "SET", "maxmemory", "1");
    await using ada = new HawserClient(`${one.url}?name=ada`);
    const eve = new HawserClient(`${one.url}?name=eve`);
    await Promise.all([ada, eve].map((client) => client.emitWithAck("echo", 1)));
    await eventually(() => errors.length >= 2);
    for (const error of errors) assert(String(error).includes("OOM"), String(error));
    await eve.close(); // has never been there, for the others
    await eventually(() => one.app.broadcast.count === 1);
    assertEquals(await two.app.users(), ["bob"]);
    await redis.command("CONFIG", "SET", "maxmemory", "0");
    await until(async () => (await two.app.users()).includes("ada"));
    await eventually(() => told.includes("ada online"));
    assertEquals((await one.app.users()).toSorted(), ["ada", "bob"]);
    assertEquals(told.filter((each) => !each.startsWith("bob")), ["ada online"]);
    assertEquals(errors.length, 2); // each refusal is reported once, and tried again
  },
});

/** Waits for a condition that takes a question to Redis. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!await condition()) {
    assert(performance.now() < end, `Condition does not hold: ${condition}`);
  }
}

Deno.test({
  name: "hostile 360: NOAUTH and a wrong password: away until it fits, and the reason is said",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    for (const [password, reason] of [["", "NOAUTH"], ["wrong", "WRONGPASS"]] as const) {
      const notices: string[] = [];
      const login = password === "" ? "" : `:${password}@`;
      await using broker = redisBroker({
        url: redis.url.replace("//", `//${login}`),
        publishTimeout: 2_000,
        onNotice: (text) => void notices.push(text),
      });
      const { link } = linkTo(broker);
      await redis.command("CONFIG", "SET", "requirepass", "secret");
      const error = await assertRejects(() => link.publish("deck", "note", "1"), Error);
      assert(String(error.cause).includes(reason), String(error.cause));
      assertEquals(notices.map((text) => text.includes(reason)), [true]);
      assert(!notices.join().includes("wrong"), "the password is not said");
      await redis.commands(["AUTH", "secret"], ["CONFIG", "SET", "requirepass", password]);
      await eventually(() => broker.state === "up");
      assert((await link.publish("deck", "note", "1")).seq > 0);
      if (password !== "") {
        await redis.commands(["AUTH", password], ["CONFIG", "SET", "requirepass", ""]);
      }
    }
  },
});

/** All that a node needs; the words of docs/scale.md. */
const rights =
  "resetchannels ~hawser* ~{hawser:* &hawser:* -@all +@read +@write +@pubsub +@connection +evalsha " +
  "+script|load +time +info";

Deno.test({
  name: "hostile 360: a user with the rights of docs/scale.md does, one with others is told NOPERM",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    const page = await Deno.readTextFile(new URL("../../../docs/scale.md", import.meta.url));
    assert(page.replaceAll(/\s+/g, " ").includes(rights), "docs/scale.md has other rights");
    const user = (name: string, list: string) =>
      redis.command("ACL", "SETUSER", name, "on", ">pw", ...list.split(" "))
        .then((answer) => assertEquals(answer, "+OK\r\n"));
    await user("fitting", rights);
    await user("foreign", rights.replaceAll("hawser", "other"));
    const notices: string[] = [];
    const node = (name: string) =>
      redisNode(redis, {
        url: redis.url.replace("//", `//${name}:pw@`),
        nodeTimeout: 900,
        onNotice: (text) => void notices.push(text),
      });
    await using fitting = node("fitting");
    const { link, ears } = linkTo(fitting);
    await link.follow("room:deck");
    await link.publish("deck", "note", "1");
    await eventually(() => ears.heard.length === 1);
    assertEquals(await link.presence.enter("deck", "ada", link.node), true);
    assertEquals(await link.ask("all", "who?", 1_000), { replies: [], missing: 0 });
    assertEquals(notices, []);
    await using foreign = node("foreign");
    const refused = linkTo(foreign);
    await assertRejects(() => refused.link.follow("room:deck"), Error, "NOPERM");
    await assertRejects(() => refused.link.publish("deck", "note", "2"), Error, "permission");
    await eventually(() => notices.length >= 2);
    assertEquals(notices.map((text) => text.split(":")[0]).toSorted(), [
      "Redis refuses subscriptions",
      "Redis refuses the lease of this node",
    ]);
    assert(foreign.stats().refused >= 2);
    // Rights that come later are found.
    await user("foreign", rights);
    await refused.link.follow("room:bridge");
    await refused.link.follow("room:deck");
    assertEquals((await refused.link.publish("deck", "note", "2")).seq, 2);
  },
});

Deno.test({
  name:
    "hostile 361: a master that becomes a replica: publishers wait until the URL leads elsewhere",
  ...cases,
  async fn() {
    await using old = await TestRedis.start();
    await using young = await TestRedis.start("--replicaof", "127.0.0.1", String(old.port));
    await using relay = new Relay(old.port);
    const url = `redis://127.0.0.1:${relay.port}`;
    await using room = await RedisRoom.start({ urls: [url, url] });
    const traffic = room.traffic(300);
    await eventually(() => traffic.stored.length > 300);
    // As an orderly failover does it: the replica has all.
    await old.command("CLIENT", "PAUSE", "60000", "WRITE");
    await caughtUp(young, old);
    await young.command("REPLICAOF", "NO", "ONE");
    await old.command("REPLICAOF", "127.0.0.1", String(young.port));
    await old.command("CLIENT", "UNPAUSE");
    await room.state("down");
    relay.move(young.port);
    await room.state("up");
    await room.end(traffic);
    assertEquals(room.members.flatMap(({ gaps }) => gaps), []);
    assertEquals([traffic.unstored, traffic.unknown, room.errors], [[], [], []]);
    assert(room.notices.some((text) => text.includes("READONLY")), room.notices.join());
  },
});

/** Resolves when a replica has all that its master has. */
async function caughtUp(replica: TestRedis, master: TestRedis): Promise<void> {
  for (;;) {
    const [offset, known] = [
      await master.info("master_repl_offset"),
      await replica.info("slave_repl_offset"),
    ];
    if (offset !== undefined && offset === known) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test({
  name:
    "hostile 362: a replica that is promoted without the last messages: a reset, and another epoch",
  ...cases,
  async fn() {
    await using old = await TestRedis.start();
    await using young = await TestRedis.start("--replicaof", "127.0.0.1", String(old.port));
    await using relay = new Relay(old.port);
    const url = `redis://127.0.0.1:${relay.port}`;
    await using room = await RedisRoom.start({ urls: [url, url] });
    const traffic = room.traffic(300);
    await eventually(() => traffic.stored.length > 300);
    await caughtUpOnce(young);
    await young.command("REPLICAOF", "NO", "ONE");
    const stored = traffic.stored.length;
    await eventually(() => traffic.stored.length > stored + 100); // these are lost
    relay.move(young.port);
    await eventually(() => room.members.every(({ gaps }) => gaps.length > 0));
    await room.end(traffic, { isForked: true });
    assertEquals(room.members.map(({ gaps }) => gaps.length), [1, 1, 1, 1]);
    assertEquals(new Set(room.members.map(({ heard }) => heard.at(-1)?.epoch)).size, 1);
    assertEquals([traffic.unstored, traffic.unknown, room.errors], [[], [], []]);
  },
});

/** Resolves when a replica follows its master. */
async function caughtUpOnce(replica: TestRedis): Promise<void> {
  while (await replica.info("master_link_status") !== "up") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test({
  name: "hostile 366: other things in the place of every key: errors, and the other rooms go on",
  ...cases,
  async fn() {
    await using redis = await TestRedis.start();
    await redis.command("SET", "hawser:nodes", "x");
    await redis.command("SET", "{hawser:%2F:p:deck}:z", "x");
    await redis.command("SET", "{hawser:%2F:p:hold}:u", "x");
    const notices: string[] = [];
    await using broker = redisNode(redis, {
      nodeTimeout: 900,
      onNotice: (text) => void notices.push(text),
    });
    const { link, ears } = linkTo(broker);
    await link.follow("room:deck");
    await link.publish("deck", "note", "1");
    await eventually(() => notices.length === 1);
    assert(/lease.*WRONGTYPE/.test(notices[0]!), notices[0]);
    // Presence waits until the node has a lease.
    const entering = ["deck", "mess"].map((room) => link.presence.enter(room, "ada", link.node));
    const refused = assertRejects(() => entering[0]!, Error, "WRONGTYPE");
    await redis.command("DEL", "hawser:nodes");
    await refused;
    assertEquals(await entering[1], true);
    await assertRejects(() => link.presence.users("hold", 10), Error, "WRONGTYPE");
    // Foreign entries in a stream are not handed out, and end no page in a wrong place.
    const { epoch } = await link.publish("deck", "note", "2");
    await redis.command("XADD", "{hawser:%2F:deck}:s", "3-0", "foreign", "bytes");
    await redis.command("HSET", "{hawser:%2F:deck}:m", "s", "3");
    const page = await link.read("deck", { seq: 1, epoch }, 10);
    assertEquals(page.messages?.map(({ seq }) => seq), [2]);
    assertEquals((await link.read("deck", { seq: 2, epoch }, 10)).messages, undefined);
    await redis.command("HSET", "{hawser:%2F:deck}:m", "s", "many");
    const next = await link.publish("deck", "note", "3");
    assertEquals([next.seq, next.epoch === epoch], [1, false]);
    await eventually(() => ears.heard.length === 3);
    assertEquals(notices.length, 1);
  },
});
