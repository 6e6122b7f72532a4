/** Several workers of the chat on one port, as those who use them see it. */

import { assert, assertEquals } from "@std/assert";
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
import { haveHeard, WorkerChats } from "../support/chat_nodes.ts";
import { makeDatabaseFile } from "../support/database_file.ts";
import { EventStream } from "../support/event_stream.ts";
import { failWorker, inspectFlag } from "../support/inspector.ts";
import { scrape } from "../support/metrics.ts";
import { takePort } from "../support/ports.ts";
import { secret } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("chat by 2 workers: one order for all, and the same wherever one is", async () => {
  await using chats = await WorkerChats.start(2);
  await writeTogether(chats);
  await comeAndGo(chats);
  await moveUnderLoad(chats);
  chats.program.signal("SIGTERM");
  assertEquals((await chats.program.ended()).code, 0);
});

Deno.test("chat by 2 workers: private messages and presence of people with accounts", async () => {
  await using chats = await WorkerChats.start(2, ["--jwt-secret", secret]);
  await writePrivately(chats);
  await beThere(chats);
});

Deno.test("hostile 425: chat by 2 workers: a late end of a connection hides nobody who is there", async () => {
  await using chats = await WorkerChats.start(2, ["--jwt-secret", secret]);
  await stayElsewhere(chats);
});

Deno.test("chat by 2 workers: /metrics of either adds up both", async () => {
  await using chats = await WorkerChats.start(2);
  const members: ChatMember[] = [];
  for (let i = 0; i < 6; i++) members.push(await chats.enter(i % 2));
  for (let i = 0; i < 8; i++) {
    const numbers = await scrape(chats.program.url);
    assertEquals(numbers.get('hawser_clients{namespace="/"}'), 6);
    assertEquals(numbers.get("hawser_broker_nodes"), 2);
  }
  for (const member of members) await member[Symbol.asyncDispose]();
});

Deno.test("hostile 346: chat by 2 workers: one that fails under load costs its own connections only", async () => {
  const port = takePort();
  await using chats = await WorkerChats.start(2, [], [inspectFlag(port)]);
  const members: ChatMember[] = [];
  for (let i = 0; i < 8; i++) {
    const member = await chats.enter(i % 2);
    await member.join("deck");
    members.push(member);
  }
  let isWriting = true;
  const writing = members.map(async (member) => {
    for (let n = 0; isWriting && !member.hasEnded; n++) {
      // Clients that were cut off get no answer any more.
      await Promise.race([member.say("deck", `${n}`), ended(member)]);
    }
  });
  await haveHeard(members, 100);
  await failWorker(port, "A worker fails");
  await waitFor(() => members.some(({ hasEnded }) => hasEnded));
  const [dead] = members.filter(({ hasEnded }) => hasEnded).map(({ node }) => node);
  await waitFor(() => members.every(({ node, hasEnded }) => hasEnded === (node === dead)));
  const living = members.filter(({ node }) => node !== dead);
  assertEquals(living.length, 4);
  const before = Math.max(...living.map(({ published }) => published.length));
  await haveHeard(living, before + 100);
  isWriting = false;
  await Promise.all(writing);
  const count = living[0]!.published.at(-1)!.seq;
  await haveHeard(living, count);
  for (const { published, seqs } of living) {
    assertEquals(seqs, numbersTo(count));
    assertEquals(published, living[0]!.published);
  }
  // Clients that were cut off reconnect, to any worker, and have missed nothing.
  const lost = members.find(({ node }) => node === dead)!;
  const { seq } = lost.published.at(-1)!;
  await using back = await ChatMember.open(chats.program.url);
  const { epoch } = living[0]!.of("room:joined")[0];
  assertEquals((await back.join("deck", { seq, epoch })).recovered, true);
  assertEquals(back.seqs, numbersTo(count).slice(seq));
  // It is started again.
  const end = performance.now() + 30_000;
  for (let node = ""; node === "" || members.some((member) => member.node === node);) {
    assert(performance.now() < end, "The dead worker is not replaced");
    await using newcomer = await ChatMember.open(chats.program.url);
    node = newcomer.node;
  }
  for (const member of living) await member[Symbol.asyncDispose]();
});

function ended(member: ChatMember): Promise<void> {
  return waitFor(() => member.hasEnded);
}

Deno.test("chat by 2 workers: JSON, Socket.IO and event streams hear one order", async () => {
  await using chats = await WorkerChats.start(2);
  const { url } = chats.program;
  const members = [await chats.enter(0), await chats.enter(1)];
  for (const member of members) await member.join("deck");
  const bob = io(url.href, { transports: ["websocket"], forceNew: true });
  const heard: string[] = [];
  bob.on("message:new", ({ content }) => void heard.push(content));
  await new Promise((resolve) => bob.once("connect", () => resolve(undefined)));
  bob.emit("room:join", "deck");
  await new Promise((resolve) => bob.once("room:joined", resolve));
  const streams = await Promise.all(
    numbersTo(4).map(() => EventStream.open(new URL("/sse?room=deck", url))),
  );
  for (const stream of streams) await stream.until("room:joined");
  await Promise.all(
    numbersTo(40).flatMap((n) => [
      ...members.map((member, i) => member.say("deck", `${i} ${n}`)),
      bob.emitWithAck("message:send", { roomId: "deck", content: `bob ${n}` }),
    ]),
  );
  await haveHeard(members, 120);
  const contents = members[0]!.published.map(({ content }) => content);
  for (const { seqs } of members) assertEquals(seqs, numbersTo(120));
  await waitFor(() => heard.length === 120);
  assertEquals(heard, contents);
  for (const stream of streams) {
    const streamed: string[] = [];
    while (streamed.length < 120) streamed.push((await stream.until("message:new")).data.content);
    assertEquals(streamed, contents);
    await stream[Symbol.asyncDispose]();
  }
  bob.disconnect();
  for (const member of members) await member[Symbol.asyncDispose]();
});

Deno.test("chat by 2 workers: --database keeps what was written over a restart", async () => {
  await using file = await makeDatabaseFile();
  const { path } = file;
  const more = [`--allow-read=.,${path},${path}-writer`, `--allow-write=${path},${path}-writer`];
  let epoch = "";
  {
    await using chats = await WorkerChats.start(2, ["--database", path], more);
    const ada = await chats.enter(0);
    await using bob = await chats.enter(1);
    ({ epoch } = await ada.join("deck"));
    await bob.join("deck");
    for (const member of [ada, bob, ada]) await member.say("deck", member.node);
    await haveHeard([ada, bob], 3);
    await ada[Symbol.asyncDispose]();
    chats.program.signal("SIGTERM");
    assertEquals((await chats.program.ended()).code, 0);
  }
  await using chats = await WorkerChats.start(2, ["--database", path], more);
  for (const node of [0, 1]) {
    await using eve = await chats.enter(node);
    assertEquals((await eve.join("deck", { seq: 1, epoch })).recovered, true);
    assertEquals(eve.seqs, [2, 3]);
  }
});
