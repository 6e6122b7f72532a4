/** Tells who has come and gone: net of what cancels out, not too often, and in parts. */

import { assert, assertEquals } from "@std/assert";
import { Hub, type Member } from "../../../../server/app/clients/hub.ts";
import type { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { PresenceNews } from "../../../../server/app/presence/news.ts";
import type { SendResult } from "../../../../server/types.ts";
import { ManualClock } from "../../../support/clients.ts";

/** Remembers what it is told, as "ada online" or "ada online in deck". */
class Listener implements Member {
  readonly congested = false;
  told: string[] = [];

  constructor(readonly id: string) {}

  send({ data }: Outgoing): SendResult {
    const { userId, status, roomId } = data as Record<string, string>;
    this.told.push(`${userId} ${status}${roomId === undefined ? "" : ` in ${roomId}`}`);
    return "sent";
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  take(): string[] {
    const { told } = this;
    this.told = [];
    return told;
  }
}

interface Setting {
  readonly clock: ManualClock;
  readonly hub: Hub<Listener>;
  readonly news: PresenceNews<Listener>;
  /** Brings somebody in, as a user of the same name. */
  enter(name: string): Listener;
}

function setUp(audience: "everybody" | "rooms" = "everybody"): Setting {
  const clock = new ManualClock();
  const hub = new Hub<Listener>();
  const news = new PresenceNews(hub, clock, { audience, interval: 250 });
  const enter = (name: string) => {
    const member = new Listener(name);
    hub.add(member, name);
    return member;
  };
  return { clock, hub, news, enter };
}

Deno.test("PresenceNews.add() tells the first change at once, and the next ones together", () => {
  const { clock, news, enter } = setUp();
  const ada = enter("ada");
  for (const name of ["ben", "cid", "dan"]) news.add("", name, "online");
  assertEquals(ada.take(), ["ben online"]);
  clock.pass(249);
  assertEquals(ada.take(), []);
  clock.pass(1);
  assertEquals([ada.take(), clock.size], [["cid online", "dan online"], 0]);
  news.add("", "eva", "online");
  assertEquals(ada.take(), []);
  clock.pass(1_000);
  news.add("", "fay", "online");
  assertEquals(ada.take(), ["eva online", "fay online"]);
});

Deno.test("hostile 132: PresenceNews tells nothing of changes that cancel out", () => {
  const { clock, news, enter } = setUp();
  const ada = enter("ada");
  news.add("", "ben", "online");
  for (let i = 0; i < 1_000; i++) {
    news.add("", "cid", i % 2 === 0 ? "online" : "offline");
    news.add("", "ben", i % 2 === 0 ? "offline" : "online");
  }
  assertEquals(clock.size, 0);
  news.add("", "cid", "online");
  news.add("", "cid", "online");
  clock.pass(1_000);
  assertEquals(ada.take(), ["ben online", "cid online"]);
});

Deno.test("PresenceNews tells nobody of itself, and waits for nobody who hears nothing", () => {
  const { clock, news, enter } = setUp();
  const ada = enter("ada");
  news.add("", "ada", "online");
  const ben = enter("ben");
  news.add("", "ben", "online");
  assertEquals([ada.take(), ben.take(), clock.size], [["ben online"], [], 0]);
});

Deno.test("hostile 132: PresenceNews tells a great many in parts, and lets others have their turn", () => {
  const { clock, news, enter } = setUp();
  const members = Array.from({ length: 2_000 }, (_, index) => enter(`${index}`));
  const told = () => members.filter(({ told }) => told.length > 0).length;
  news.add("", "ben", "online");
  const steps = [told()];
  while (told() < members.length) {
    clock.pass(50);
    steps.push(told());
  }
  assert(steps.length >= 4, `${steps}`);
  steps.forEach((count, index) => assert(count - (steps[index - 1] ?? 0) <= 500, `${steps}`));
  assertEquals(members.every(({ told }) => told.length === 1), true);
});

Deno.test("hostile 132: PresenceNews bounds what a storm of newcomers costs", () => {
  const { clock, news, enter } = setUp();
  const members = Array.from({ length: 1_000 }, (_, index) => enter(`${index}`));
  const count = () => members.reduce((sum, { told }) => sum + told.length, 0);
  for (let i = 0; i < 500; i++) news.add("", `new ${i}`, "online");
  let before = count();
  for (let passed = 0; passed < 20_000; passed += 50) {
    clock.pass(50);
    const now = count();
    assert(now - before <= 20_000, `${now - before} at once`);
    before = now;
  }
  assertEquals(before, 500 * 1_000);
  assertEquals(members[0]?.take().at(-1), "new 499 online", "in the order of the changes");
});

Deno.test("PresenceNews tells the members of a room where the audience is that", () => {
  const { hub, news, enter } = setUp("rooms");
  const [ada, eve] = [enter("ada"), enter("eve")];
  hub.join("deck", ada);
  news.add("", "ben", "online");
  news.add("deck", "ben", "online");
  assertEquals([ada.take(), eve.take()], [["ben online in deck"], []]);
});

Deno.test("PresenceNews tells nobody who has left between two parts", () => {
  const { clock, hub, news, enter } = setUp();
  const members = Array.from({ length: 1_000 }, (_, index) => enter(`${index}`));
  news.add("", "ben", "online");
  const last = members.at(-1)!;
  hub.remove(last);
  clock.pass(1_000);
  assertEquals([last.told, members[998]?.told], [[], ["ben online"]]);
});

Deno.test("PresenceNews.clear() leaves nothing to tell, and no timer", () => {
  const { clock, news, enter } = setUp();
  for (let i = 0; i < 1_000; i++) enter(`${i}`);
  news.add("", "ben", "online");
  news.add("", "cid", "online");
  assertEquals(clock.size, 1);
  news.clear();
  assertEquals(clock.size, 0);
});
