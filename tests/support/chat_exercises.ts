/** Exercises a chat of several nodes, over any broker. */

import { assert, assertEquals } from "@std/assert";
import type { Position } from "@hawser/ws";
import type { ChatMember } from "./chat_member.ts";
import { type ChatNodes, haveHeard } from "./chat_nodes.ts";
import { tokenOf } from "./tokens.ts";
import { waitFor } from "./wait.ts";

/** Numbers from 1 on. */
export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** All write at once: everybody hears the same, in one order, with consecutive numbers. */
export async function writeTogether(nodes: ChatNodes): Promise<void> {
  const each = 60;
  const members: ChatMember[] = [];
  for (let i = 0; i < 2 * nodes.size; i++) {
    const member = await nodes.enter(i % nodes.size, { name: `m${i}` });
    const { members: listed } = await member.join("deck");
    assertEquals(listed.length, i + 1);
    members.push(member);
  }
  assertEquals(new Set(members.map(({ node }) => node)).size, nodes.size);
  const answers = await Promise.all(
    members.flatMap((member, i) => numbersTo(each).map((n) => member.say("deck", `${i} ${n}`))),
  );
  for (const { data } of answers) assertEquals(data, { status: "ok" });
  const count = each * members.length;
  await haveHeard(members, count);
  for (const { published, seqs } of members) {
    assertEquals(seqs, numbersTo(count));
    assertEquals(published, members[0]!.published);
  }
  const { published } = members[0]!;
  assertEquals(new Set(published.map(({ id }) => id)).size, count);
  for (const [i] of members.entries()) {
    // The messages of one author keep their order.
    const own = published.filter(({ content }) => content.startsWith(`${i} `));
    assertEquals(own.map(({ content }) => content), numbersTo(each).map((n) => `${i} ${n}`));
  }
  assertEquals((await members[0]!.say("elsewhere", "x")).error.code, "FORBIDDEN");
  for (const member of members) await member[Symbol.asyncDispose]();
}

/** Joins, typing and leaves are sent to clients of other nodes; newcomers get the list of users. */
export async function comeAndGo(nodes: ChatNodes): Promise<void> {
  await using ada = await nodes.enter(0, { name: "Ada" });
  const bob = await nodes.enter(1, { name: "Bob" });
  await ada.join("bridge");
  const { members } = await bob.join("bridge");
  assertEquals(members.map(({ name }: { name: string }) => name), ["Ada", "Bob"]);
  const bobThere = { userId: bob.userId, name: "Bob", roomId: "bridge" };
  await waitFor(() => ada.of("user:joined").length > 0);
  assertEquals(ada.of("user:joined"), [{ type: "user:joined", ...bobThere }]);
  bob.emit("typing:start", { roomId: "bridge" });
  await waitFor(() => ada.of("user:typing").length > 0);
  await bob[Symbol.asyncDispose]();
  await waitFor(() => ada.of("user:left").length > 0);
  assertEquals(ada.of("user:left"), [{ type: "user:left", ...bobThere }]);
}

/** Private messages find a client, or all tabs of a user, wherever these are. Needs accounts. */
export async function writePrivately(nodes: ChatNodes): Promise<void> {
  const enter = (node: number, name: string) => nodes.enter(node, { token: tokenOf(name) });
  await using ada = await enter(0, "ada");
  await using near = await enter(0, "bob");
  await using far = await enter(1, "bob");
  await using eve = await enter(1, "eve");
  const write = (to: string, content: string) => ada.ask("message:private", { to, content });
  assertEquals((await write("bob", "to all tabs")).data, { status: "ok" });
  assertEquals((await write(far.id, "to one")).data, { status: "ok" });
  assertEquals((await write("eve", "afar")).data, { status: "ok" });
  for (const to of ["nobody", `${far.node}.nobody`, "deck"]) {
    assertEquals((await write(to, "x")).error.code, "FORBIDDEN");
  }
  await waitFor(() => far.of("message:private").length === 2);
  await waitFor(() => near.of("message:private").length === 1);
  await waitFor(() => eve.of("message:private").length === 1);
  assertEquals(far.of("message:private").map(({ content }) => content), ["to all tabs", "to one"]);
  const [{ from, fromUser, content }] = eve.of("message:private");
  assertEquals([from, fromUser, content], [ada.id, "ada", "afar"]);
  assertEquals((await eve.ask("message:private", { to: from, content: "back" })).data, {
    status: "ok",
  });
  await waitFor(() => ada.of("message:private").length === 1);
  // Nothing more has come meanwhile.
  assertEquals([near, far, eve].map((each) => each.of("message:private").length), [1, 2, 1]);
}

/**
 * Somebody whose connection to one node ends late is there still by one to another node, and stays
 * listed without a word. Needs accounts.
 */
export async function stayElsewhere(nodes: ChatNodes): Promise<void> {
  await using ada = await nodes.enter(0, { token: tokenOf("ada") });
  await ada.join("quay");
  const old = await nodes.enter(0, { token: tokenOf("grace") });
  await using here = await nodes.enter(1, { token: tokenOf("grace") });
  await old.join("quay");
  await here.join("quay");
  await old[Symbol.asyncDispose]();
  const moves = () =>
    ada.received.filter(({ type, userId }) => type.startsWith("user:") && userId === "grace")
      .map(({ type }) => type);
  const last = () => moves().at(-1);
  await waitFor(() => moves().includes("user:left") && last() === "user:joined");
  await using eve = await nodes.enter(0, { token: tokenOf("eve") });
  const { members } = await eve.join("quay");
  assertEquals(members.map(({ userId }: { userId: string }) => userId), ["ada", "grace", "eve"]);
}

/**
 * A person with a tab on each of two nodes is told online once and offline once. Needs accounts.
 */
export async function beThere(nodes: ChatNodes): Promise<void> {
  const watchers = [
    await nodes.enter(0, { token: tokenOf("zoe") }),
    await nodes.enter(1, { token: tokenOf("yan") }),
  ];
  const news = (watcher: ChatMember) =>
    watcher.of("presence:update").filter(({ userId }) => userId === "dan")
      .map(({ status }) => status);
  const one = await nodes.enter(0, { token: tokenOf("dan") });
  const other = await nodes.enter(1, { token: tokenOf("dan") });
  await waitFor(() => watchers.every((watcher) => news(watcher).length > 0));
  await one[Symbol.asyncDispose]();
  // Longer than the five seconds after which whoever has gone is told to have gone.
  await new Promise((resolve) => setTimeout(resolve, 6_500));
  for (const watcher of watchers) assertEquals(news(watcher), ["online"]);
  await other[Symbol.asyncDispose]();
  await waitFor(() => watchers.every((watcher) => news(watcher).length > 1));
  for (const watcher of watchers) {
    assertEquals(news(watcher), ["online", "offline"]);
    await watcher[Symbol.asyncDispose]();
  }
}

/** A reader goes from node to node under load, each time with its position: no gap, no double. */
export async function moveUnderLoad(nodes: ChatNodes): Promise<void> {
  const writers = await Promise.all([nodes.enter(0), nodes.enter(1)]);
  for (const writer of writers) await writer.join("hold");
  let isWriting = true;
  const writing = Promise.all(writers.map(async (writer) => {
    for (let n = 1; isWriting; n++) {
      const { data, error } = await writer.say("hold", `${n}`);
      // A machine that stands still for seconds is told that nobody knows: then the numbers tell.
      assert(data?.status === "ok" || error?.code === "UNAVAILABLE", JSON.stringify(error));
    }
  }));
  writing.catch(() => {}); // it is awaited when the reader has been everywhere
  const heard: number[] = [];
  let position: Position | undefined;
  for (let stop = 0; stop < 12; stop++) {
    await using reader = await nodes.enter(stop % nodes.size);
    const joined = await reader.join("hold", position);
    if (position === undefined) heard.push(joined.seq);
    else assertEquals(joined.recovered, true, `stop ${stop}`);
    await waitFor(() => reader.published.length > 20);
    heard.push(...reader.seqs);
    position = { seq: heard.at(-1)!, epoch: joined.epoch };
  }
  isWriting = false;
  await writing;
  assert(heard.length > 200);
  assertEquals(heard, heard.map((_, i) => heard[0]! + i));
  for (const writer of writers) {
    assertEquals(writer.seqs, numbersTo(writer.seqs.length));
    await writer[Symbol.asyncDispose]();
  }
}
