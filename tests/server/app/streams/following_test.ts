/** Which topics this node follows: those of rooms and users that have clients here. */

import { assertEquals } from "@std/assert";
import { Following } from "../../../../server/app/streams/following.ts";
import { memoryBroker } from "../../../../server/app/streams/memory_broker.ts";
import { linkTo } from "../../../support/broker_contract.ts";
import { ManualClock } from "../../../support/clients.ts";
import { TestNetwork } from "../../../support/test_network.ts";

async function setUp() {
  const network = new TestNetwork();
  const broker = network.node();
  linkTo(broker);
  const link = broker.links.get("/")!;
  const clock = new ManualClock();
  const ended: string[] = [];
  const following = new Following(link, clock, (topic) => void ended.push(topic));
  await following.follow("room:deck");
  return { link, clock, ended, following };
}

Deno.test("Following.release() follows a topic for ten seconds more", async () => {
  const { link, clock, ended, following } = await setUp();
  following.release("room:deck");
  clock.pass(9_999);
  assertEquals([link.followed.has("room:deck"), ended], [true, []]);
  clock.pass(1);
  assertEquals([link.followed.has("room:deck"), ended, clock.size], [false, ["room:deck"], 0]);
});

Deno.test("Following.follow() takes up a topic again that was released", async () => {
  const { link, clock, ended, following } = await setUp();
  following.release("room:deck");
  clock.pass(9_000);
  await following.follow("room:deck");
  clock.pass(20_000);
  assertEquals([link.followed.has("room:deck"), ended, clock.size], [true, [], 0]);
});

Deno.test("Following.release() ends topics one after the other", async () => {
  const { clock, ended, following } = await setUp();
  await following.follow("user:ada");
  following.release("room:deck");
  clock.pass(6_000);
  following.release("user:ada");
  clock.pass(4_000);
  assertEquals([ended, following.idle], [["room:deck"], 1]);
  clock.pass(6_000);
  assertEquals([ended, following.idle, clock.size], [["room:deck", "user:ada"], 0, 0]);
});

Deno.test("hostile 261: Following.release() follows 10,000 topics without clients at most", async () => {
  const { clock, ended, following } = await setUp();
  for (let i = 0; i < 10_005; i++) following.release(`room:${i}`);
  assertEquals([following.idle, ended], [10_000, [0, 1, 2, 3, 4].map((i) => `room:${i}`)]);
  following.close();
  assertEquals([following.idle, ended.length, clock.size], [0, 10_005, 0]);
});

Deno.test("Following.release() ends at once where there is no other node", async () => {
  const { link } = linkTo(memoryBroker());
  const clock = new ManualClock();
  const ended: string[] = [];
  const following = new Following(link, clock, (topic) => void ended.push(topic));
  await following.follow("room:deck");
  following.release("room:deck");
  assertEquals([ended, clock.size], [["room:deck"], 0]);
});
