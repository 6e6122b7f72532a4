/** News of a room: who comes and goes, for few and for hundreds. */

import { assert, assertEquals } from "@std/assert";
import { createChat } from "../../../examples/chat/chat.ts";
import { ManualClock, openApp } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";
import { random } from "../../support/splits.ts";

/** A client that knows of its room what it was told. */
class Member {
  readonly connection = new MemoryConnection({ url: "http://localhost/ws" });
  readonly userId: string;
  readonly known = new Set<string>();
  /** How many are said to be here. */
  count = 0;
  /** Messages about others. */
  news = 0;

  constructor(chat: TestChat) {
    openApp(chat.app, this.connection);
    this.userId = this.connection.take()[0].userId;
  }

  async join(): Promise<void> {
    await this.connection.receiveJson({ type: "room:join", roomId: "deck" });
  }

  async leave(): Promise<void> {
    await this.connection.receiveJson({ type: "room:leave", roomId: "deck" });
    this.connection.take();
  }

  /** Takes what has come, as a page does. */
  read(): string[] {
    const messages = this.connection.take();
    for (const message of messages) this.#take(message);
    return messages.map(({ type }) => type);
  }

  // deno-lint-ignore no-explicit-any -- parsed JSON
  #take({ type, userId, members = [], joined = [], left = [], count }: any): void {
    if (type === "room:joined") {
      this.known.clear();
      for (const each of members) this.known.add(each.userId);
      this.count = count ?? 0;
    } else if (type === "user:joined") this.known.add(userId);
    else if (type === "user:left") this.known.delete(userId);
    else if (type === "room:changes") {
      for (const each of left) if (each !== this.userId) this.known.delete(each);
      for (const each of joined) this.known.add(each.userId);
      this.count = count;
    } else return;
    if (type !== "room:joined") this.news++;
  }
}

/** A chat on a clock of its own. */
class TestChat {
  readonly clock = new ManualClock();
  readonly app = createChat({ rate: 0, clock: this.clock });

  /** Lets members into the room, all at one moment. */
  async crowd(size: number): Promise<Member[]> {
    const members = Array.from({ length: size }, () => new Member(this));
    for (const member of members) await member.join();
    return members;
  }

  /** Lets all news be told. */
  async settle(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      this.clock.pass(1_000);
      await Promise.resolve();
    }
  }
}

Deno.test("RoomNews tells a few members at once", async () => {
  const chat = new TestChat();
  const [ada, bob, eve] = await chat.crowd(3);
  assertEquals(ada!.read().filter((type) => type === "user:joined").length, 2);
  await eve!.leave();
  assertEquals(bob!.read().filter((type) => type.startsWith("user:")), [
    "user:joined",
    "user:left",
  ]);
  assertEquals(bob!.known, new Set([ada!.userId, bob!.userId]));
});

Deno.test("RoomNews tells nobody of who has come and gone while news wait", async () => {
  const chat = new TestChat();
  const members = await chat.crowd(90);
  await chat.settle();
  for (const member of members) member.read();
  // Until it is dear enough to wait.
  const busy = await chat.crowd(10);
  for (const member of busy) await member.leave();
  const last = await chat.crowd(1);
  const before = members[0]!.connection.sent.length;
  await last[0]!.leave();
  assertEquals(members[0]!.connection.sent.length, before);
  await chat.settle();
  members[0]!.read();
  assertEquals(members[0]!.known.size, 90);
  assert(!members[0]!.known.has(last[0]!.userId));
});

Deno.test("RoomNews.introduce() tells of one who writes before the message", async () => {
  const chat = new TestChat();
  const members = await chat.crowd(99);
  await chat.settle();
  const ada = members[0]!;
  ada.read();
  for (let i = 0; i < 50; i++) {
    await members[98]!.leave();
    await members[98]!.join();
  }
  const eve = new Member(chat);
  await eve.join();
  ada.read();
  assert(!ada.known.has(eve.userId), "It does not wait");
  await eve.connection.receiveJson({ type: "chat:message", roomId: "deck", content: "ahoy" });
  assertEquals(ada.read(), ["user:joined", "chat:message"]);
  await chat.settle();
  const again = ada.connection.take().filter(({ userId }) => userId === eve.userId);
  assert(!again.some(({ type }) => type === "user:joined"));
});

Deno.test("RoomNews tells of a large room how many are there, and of a small one again who", async () => {
  const chat = new TestChat();
  const members = await chat.crowd(130);
  await chat.settle();
  const [ada] = members;
  ada!.read();
  assertEquals([ada!.count, ada!.known.size], [130, 100]);
  assertEquals(ada!.known, new Set(members.slice(0, 100).map(({ userId }) => userId)));
  for (const member of members.splice(1, 40)) await member.leave();
  await chat.settle();
  ada!.read();
  assertEquals(ada!.known, new Set(members.map(({ userId }) => userId)));
  await members.pop()!.leave();
  assertEquals(ada!.read().filter((type) => type !== "presence:update"), ["user:left"]);
});

Deno.test("RoomNews.list() says how many there are where they are more than it lists", async () => {
  const chat = new TestChat();
  await chat.crowd(100);
  const eve = new Member(chat);
  await eve.join();
  const [joined] = eve.connection.take();
  assertEquals([joined.members.length, joined.count], [100, 101]);
  assertEquals(joined.members.at(-1).userId, eve.userId);
});

Deno.test("hostile 331: RoomNews costs members little where hundreds come at once", async () => {
  async function newsOf(newcomers: number): Promise<number> {
    const chat = new TestChat();
    const [ada] = await chat.crowd(50);
    await chat.settle();
    ada!.read();
    ada!.news = 0;
    await chat.crowd(newcomers);
    await chat.settle();
    ada!.read();
    assertEquals([ada!.known.size, ada!.count], [100, 50 + newcomers]);
    return ada!.news;
  }
  const [some, many] = [await newsOf(100), await newsOf(800)];
  assert(some <= 60 && many <= 60, `${some} and ${many} messages to a member`);
});

Deno.test("hostile 332: RoomNews leaves no ghost, and nobody out, whoever comes and goes", async () => {
  for (const most of [8, 60, 140]) {
    const next = random(most);
    const chat = new TestChat();
    const inside = new Set(await chat.crowd(Math.floor(most / 2)));
    const outside = new Set(Array.from({ length: most / 2 }, () => new Member(chat)));
    const below = (end: number) => Math.floor(next() * end);
    const anyOf = (members: Set<Member>) => [...members][below(members.size)];
    for (let step = 0; step < 1_500; step++) {
      const enters = below(most) >= inside.size;
      const [from, to] = enters ? [outside, inside] : [inside, outside];
      const member = anyOf(from);
      if (member === undefined) continue;
      from.delete(member);
      to.add(member);
      member.read();
      if (enters) await member.join();
      else await member.leave();
      if (step % 7 === 0) chat.clock.pass(below(100));
    }
    await chat.settle();
    const here = new Set([...inside].map(({ userId }) => userId));
    for (const member of inside) {
      member.read();
      const ghosts = member.known.difference(here);
      assertEquals(ghosts.size, 0, `${ghosts.size} ghosts of ${here.size}`);
      if (here.size <= 100) assertEquals(member.known, here);
      else assertEquals(member.count, here.size);
    }
  }
});
