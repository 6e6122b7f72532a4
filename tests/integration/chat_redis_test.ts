/** Several processes of the chat on one Redis, as those who use them see it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { io } from "socket.io-client";
import {
  beThere,
  comeAndGo,
  moveUnderLoad,
  numbersTo,
  stayElsewhere,
  writePrivately,
  writeTogether,
} from "../support/chat_exercises.ts";
import { ChatMember } from "../support/chat_member.ts";
import { haveHeard, knows, RedisChats, startChat, WorkerChats } from "../support/chat_nodes.ts";
import { EventStream } from "../support/event_stream.ts";
import { optional } from "../support/optional.ts";
import type { Program } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { secret, tokenOf } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

for (const size of [2, 3]) {
  Deno.test({
    name: `chat on ${size} nodes of one Redis: one order for all, and the same wherever one is`,
    ...optional("redis"),
    async fn() {
      await using redis = await TestRedis.start();
      await using chats = await RedisChats.start(redis, size);
      await writeTogether(chats);
      await comeAndGo(chats);
      await moveUnderLoad(chats);
    },
  });
}

Deno.test({
  name: "chat on 2 nodes of one Redis: private messages and presence of people with accounts",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using chats = await RedisChats.start(redis, 2, ["--jwt-secret", secret]);
    await writePrivately(chats);
    await beThere(chats);
  },
});

Deno.test({
  name: "hostile 425: chat on 2 nodes of one Redis: a late end hides nobody who is there",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using chats = await RedisChats.start(redis, 2, ["--jwt-secret", secret]);
    await stayElsewhere(chats);
  },
});

Deno.test({
  name: "chat on 3 nodes of one Redis: JSON, Socket.IO and event streams are one room",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using chats = await RedisChats.start(redis, 3, ["--api-key", "k-7f3a9c"]);
    const [, second, third] = chats.programs.map(({ url }) => url);
    await using ada = await chats.enter(0, { name: "Ada" });
    await ada.join("deck");
    const bob = io(second!.href, { transports: ["websocket"], forceNew: true });
    const heard: string[] = [];
    bob.on("message:new", ({ content }) => void heard.push(content));
    bob.on("note", ({ content }) => void heard.push(content));
    await new Promise((resolve) => bob.once("connect", () => resolve(undefined)));
    bob.emit("room:join", "deck");
    await new Promise((resolve) => bob.once("room:joined", resolve));
    await using stream = await EventStream.open(new URL("/sse?room=deck&name=Eve", third));
    const { data: welcome } = await stream.until("welcome");
    await stream.until("room:joined");
    const events = new URL(`/events?session=${welcome.session}`, third);
    const each = 30;
    const eve = async (content: string) => {
      const body = JSON.stringify({ type: "message:send", roomId: "deck", content });
      const response = await fetch(events, { method: "POST", body });
      await response.body?.cancel();
      assert(response.ok, `${response.status}`);
    };
    const backEnd = async (content: string) => {
      const body = JSON.stringify({ room: "deck", event: "note", data: { content } });
      const headers = { authorization: "Bearer k-7f3a9c" };
      const response = await fetch(new URL("/api/publish", second), {
        method: "POST",
        headers,
        body,
      });
      assertEquals((await response.json()).epoch, ada.of("room:joined")[0].epoch);
    };
    await Promise.all(
      numbersTo(each).flatMap((n) => [
        ada.say("deck", `ada ${n}`),
        bob.emitWithAck("message:send", { roomId: "deck", content: `bob ${n}` }),
        eve(`eve ${n}`),
        backEnd(`back ${n}`),
      ]),
    );
    const count = 4 * each;
    await haveHeard([ada], count);
    const contents = ada.published.map(({ content }) => content);
    assertEquals(ada.seqs, numbersTo(count));
    await waitFor(() => heard.length === count);
    assertEquals(heard, contents);
    const streamed: string[] = [];
    while (streamed.length < count) {
      const { id, data } = (await stream.next())!;
      if (data.seq === undefined || data.type === "room:joined") continue;
      assertEquals(Number(id.split(":")[1]), data.seq);
      assertEquals(streamed.push(data.content), data.seq);
    }
    assertEquals(streamed, contents);
    // The stream goes on at another node, from where it stood.
    const [epoch] = stream.id.split(":");
    const headers = { "last-event-id": `${epoch}:${count - 5}` };
    await using again = await EventStream.open(new URL("/sse?room=deck", second), headers);
    const missed: number[] = [];
    for (let event; (event = await again.next())?.data.type !== "room:joined";) {
      if (event?.data.seq !== undefined) missed.push(event.data.seq);
    }
    assertEquals(missed, numbersTo(count).slice(-5));
    bob.disconnect();
  },
});

Deno.test({
  name: "hostile 347: chat on 3 nodes of one Redis: kill -9 of one under load",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using chats = await RedisChats.start(redis, 3, ["--jwt-secret", secret]);
    const names = ["ada", "bob", "eve", "dan", "zoe", "yan"];
    const members = await Promise.all(
      names.map((name, i) => chats.enter(i % 3, { token: tokenOf(name) })),
    );
    for (const member of members) await member.join("deck");
    let isWriting = true;
    const living = members.filter((_, i) => i % 3 !== 2);
    const writing = members.map(async (member) => {
      for (let n = 0; isWriting && !member.hasEnded; n++) {
        await Promise.race([member.say("deck", `${n}`), hasEnded(member)]);
      }
    });
    await haveHeard(members, 100);
    const [, , victim] = chats.programs;
    victim!.signal("SIGKILL");
    const lost = [members[2]!, members[5]!];
    await waitFor(() => lost.every(({ hasEnded }) => hasEnded));
    // One of its people comes back at once, to another node, and has missed nothing.
    const { seq } = lost[0]!.published.at(-1)!;
    const { epoch } = lost[0]!.of("room:joined")[0];
    await using back = await chats.enter(0, { token: tokenOf("eve") });
    assertEquals((await back.join("deck", { seq, epoch })).recovered, true);
    // The other one does not: the living are told so, once, and nothing of the one who came back.
    const told = (member: ChatMember, name: string) =>
      member.of("presence:update").filter(({ userId, status }) =>
        userId === name && status === "offline"
      ).length;
    await waitFor(() => living.every((member) => told(member, "yan") === 1));
    isWriting = false;
    await Promise.all(writing);
    const count = Math.max(...living.map((member) => member.published.at(-1)!.seq));
    await haveHeard(living, count);
    for (const { published, seqs } of living) {
      assertEquals(seqs, numbersTo(count));
      assertEquals(published, living[0]!.published);
    }
    await waitFor(() => back.published.at(-1)!.seq === count);
    assertEquals(back.seqs, numbersTo(count).slice(seq));
    assertEquals(living.map((member) => [told(member, "yan"), told(member, "eve")]), [
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    await Promise.all(chats.programs.slice(0, 2).map(({ url }) => knows(url, 2)));
    // Newcomers are told of the living only.
    await using newcomer = await chats.enter(1, { token: tokenOf("new") });
    const { members: listed } = await newcomer.join("deck");
    const here = listed.map(({ userId }: { userId: string }) => userId).sort();
    assertEquals(here, ["ada", "bob", "dan", "eve", "new", "zoe"]);
    for (const member of living) await member[Symbol.asyncDispose]();
  },
});

Deno.test({
  name:
    "hostile 345: chat without Redis at its start: serves, says so in one line, and joins when it comes",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await redis.kill();
    const args = ["--port", "0", "--redis", redis.url];
    await using chat = await startChat(args);
    await using strict = await startChat([...args, "--ready-needs-redis"]);
    await chat.says(`Redis is away: connect ECONNREFUSED 127.0.0.1:${redis.port}`);
    const ready = async ({ url }: Program) => {
      const response = await fetch(new URL("/readyz", url));
      await response.body?.cancel();
      return response.status;
    };
    assertEquals([await ready(chat), await ready(strict)], [200, 503]);
    assertStringIncludes(await (await fetch(chat.url)).text(), "<!DOCTYPE html>");
    await using ada = await ChatMember.open(chat.url, { name: "Ada" });
    await using bob = await ChatMember.open(chat.url, { name: "Bob" });
    const joined = await Promise.all([ada.join("deck"), bob.join("deck")]);
    assertEquals(joined.map(({ recovered }) => recovered), [false, false]);
    ada.emit("typing:start", { roomId: "deck" });
    await waitFor(() => bob.of("user:typing").length === 1);
    assertEquals((await ada.say("deck", "lost")).error.code, "UNAVAILABLE");
    await redis.run();
    await Promise.all([chat, strict].map(({ url }) => knows(url, 2)));
    assertEquals(await ready(strict), 200);
    await using eve = await ChatMember.open(strict.url, { name: "Eve" });
    await eve.join("deck");
    // Those who were there before are told where the room stands now.
    await waitFor(() => [ada, bob].every((member) => member.of("room:joined").at(-1).epoch !== ""));
    for (const member of [ada, eve]) {
      assertEquals((await member.say("deck", "ahoy")).data, { status: "ok" });
    }
    await haveHeard([ada, bob, eve], 2);
    for (const { seqs } of [ada, bob, eve]) assertEquals(seqs, [1, 2]);
    chat.signal("SIGTERM");
    const { code, stderr } = await chat.ended();
    const away = stderr.split("\n").filter((line) => line.includes("away"));
    assertEquals([code, away.length], [0, 1], stderr);
  },
});

Deno.test({
  name:
    "hostile 348: chat on 2 nodes of one Redis, which restarts without its data: told, and goes on",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using chats = await RedisChats.start(redis, 2, ["--jwt-secret", secret]);
    const ada = await chats.enter(0, { token: tokenOf("ada") });
    await using bob = await chats.enter(1, { token: tokenOf("bob") });
    const { epoch } = await ada.join("deck");
    await bob.join("deck");
    for (const content of ["1", "2", "3"]) await ada.say("deck", content);
    await haveHeard([ada, bob], 3);
    await redis.kill();
    // It waits for Redis.
    const said = ada.say("deck", "4");
    await redis.run();
    assertEquals((await said).data, { status: "ok" });
    assertEquals((await bob.say("deck", "5")).data, { status: "ok" });
    for (const member of [ada, bob]) {
      // Told once where the room stands anew, which may be behind both, and what has followed that,
      // without a gap.
      const reached = () => Math.max(member.of("room:joined")[1]?.seq, ...member.seqs.slice(3));
      await waitFor(() => reached() === 2);
      const [, again, ...more] = member.of("room:joined");
      assertEquals([again.recovered, again.epoch === epoch, more.length], [false, false, 0]);
      assertEquals(member.seqs, [1, 2, 3, ...[1, 2].filter((seq) => seq > again.seq)]);
    }
    await Promise.all(chats.programs.map(({ url }) => knows(url, 2)));
    // A client with an older position is told that it cannot recover.
    await using eve = await chats.enter(1, { token: tokenOf("eve") });
    const joined = await eve.join("deck", { seq: 2, epoch });
    assertEquals([joined.recovered, joined.members.length], [false, 3]);
    // Presence was brought in again: one offline for each.
    await ada[Symbol.asyncDispose]();
    const told = () => bob.of("presence:update").filter(({ status }) => status === "offline");
    await waitFor(() => told().length > 0);
    assertEquals(told().map(({ userId }) => userId), ["ada"]);
  },
});

Deno.test({
  name: "chat by 2 workers on Redis, beside another process: one order for all",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using other = await startChat(["--port", "0", "--redis", redis.url]);
    await using workers = await WorkerChats.start(2, ["--redis", redis.url]);
    await knows(other.url, 3);
    await writeTogether({
      size: 3,
      enter: (node, options) =>
        node === 2 ? ChatMember.open(other.url, options) : workers.enter(node, options),
    });
    workers.program.signal("SIGTERM");
    assertEquals((await workers.program.ended()).code, 0);
    await knows(other.url, 1);
  },
});

function hasEnded(member: ChatMember): Promise<void> {
  return waitFor(() => member.hasEnded, 120_000);
}
