/** The contract of a Broker; run for each implementation. */

import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import type { Broker, BrokerEars, BrokerLink, Topic } from "../../server/app/streams/broker.ts";
import type { Position } from "../../server/app/streams/position.ts";
import { waitFor } from "./wait.ts";

/** Nodes of one deployment that nobody else uses. */
export interface TestedBrokers extends AsyncDisposable {
  readonly nodes: readonly Broker[];
}

/** How brokers of one kind are made and tested. */
export interface BrokerContractOptions {
  /** How many nodes there can be; with one, what is between nodes is not tested. */
  readonly nodes: 1 | 2;
  /** Makes nodes that keep 100 messages of each room. */
  make(): TestedBrokers | Promise<TestedBrokers>;
  /** Whether what it needs is missing. */
  readonly ignore?: boolean;
}

/** Remembers what it hears. */
export class RecordingEars implements BrokerEars {
  readonly heard: { room: string; seq: number; epoch: string; event: string; data: string }[] = [];
  readonly messages: string[] = [];
  readonly questions: string[] = [];
  /** Nodes that have died or left, as "name lost". */
  readonly goneNodes: string[] = [];
  /** Answers questions. */
  answer: (message: string) => Promise<string> = (message) => Promise.resolve(`re ${message}`);

  published(
    room: string,
    { seq, epoch }: Position,
    message: { event: string; data: string },
  ): void {
    this.heard.push({ room, seq, epoch, ...message });
  }

  stands(): void {}

  told(message: string, from: string): void {
    this.messages.push(`${message} from ${from}`);
  }

  asked(message: string, from: string): Promise<string> {
    this.questions.push(`${message} from ${from}`);
    return this.answer(message);
  }

  gone(node: string, how: "lost" | "left"): void {
    this.goneNodes.push(`${node} ${how}`);
  }

  vanished(): void {}

  appeared(): void {}

  state(): void {}

  /** The numbers that have come of a room. */
  seqs(room: string): number[] {
    return this.heard.filter((each) => each.room === room).map(({ seq }) => seq);
  }
}

/** A node's application, and what it hears. */
interface TestedNode {
  readonly broker: Broker;
  readonly link: BrokerLink;
  readonly ears: RecordingEars;
}

/** Links a scope of a node. */
export function linkTo(broker: Broker, scope = "/"): TestedNode {
  const ears = new RecordingEars();
  return { broker, link: broker.link(scope, ears), ears };
}

const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

/** Registers the tests of the contract for one implementation. */
export function brokerContract(name: string, options: BrokerContractOptions): void {
  /** Runs a test with one node, or with two where there can be two. */
  function test(behaviour: string, run: (nodes: TestedNode[]) => Promise<void>): void {
    const ignore = options.ignore ?? false;
    Deno.test(`${name} ${behaviour}`, { ignore }, async () => {
      await using made = await options.make();
      const nodes = made.nodes.map((broker) => linkTo(broker));
      // They follow it from the beginning, but over a network this takes a moment.
      await Promise.all(nodes.map(({ link }) => link.follow("all")));
      await run(nodes);
    });
  }

  function testBetween(
    behaviour: string,
    run: (one: TestedNode, other: TestedNode) => Promise<void>,
  ): void {
    if (options.nodes < 2) return;
    test(behaviour, async ([one, other]) => await run(one!, other!));
  }

  test("numbers a room's messages in the order of the calls, and hands them out", async (nodes) => {
    const [{ link, ears }] = nodes as [TestedNode];
    await link.follow("room:deck");
    const positions = await Promise.all(
      range(50).map((i) => link.publish("deck", "note", `{"i":${i}}`)),
    );
    assertEquals(positions.map(({ seq }) => seq), range(50));
    await waitFor(() => ears.heard.length === 50);
    assertEquals(ears.seqs("deck"), range(50));
    assertEquals(ears.heard.map(({ data }) => data), range(50).map((i) => `{"i":${i}}`));
    assert(
      ears.heard.every(({ epoch, event }) => epoch === positions[0]?.epoch && event === "note"),
    );
  });

  test("reads what was published, in one step with its number", async ([node]) => {
    const { link } = node!;
    const start = await link.current("deck");
    const publishing = range(5).map((i) => link.publish("deck", "note", `"${i}"`));
    const position = (await Promise.all(publishing)).at(-1)!;
    const page = await link.read("deck", start, 100);
    assertEquals(page.position, position);
    assertEquals(
      page.messages?.map(({ seq, data }) => [seq, data]),
      range(5).map((i) => [i, `"${i}"`]),
    );
    assertEquals(await link.current("deck"), position);
    const newest = await link.read("deck", { last: 2 }, 100);
    assertEquals(newest.messages?.map(({ seq }) => seq), [4, 5]);
  });

  test("gives each room an epoch of its own, and knows none of another", async ([node]) => {
    const { link } = node!;
    const deck = await link.publish("deck", "note", "{}");
    const bridge = await link.publish("bridge", "note", "{}");
    assertEquals([deck.seq, bridge.seq], [1, 1]);
    assertNotEquals(deck.epoch, bridge.epoch);
    assertEquals(
      (await link.read("deck", { seq: 0, epoch: bridge.epoch }, 10)).messages,
      undefined,
    );
    assertEquals((await link.read("deck", { ...deck, seq: 7 }, 10)).messages, undefined);
  });

  test("keeps what it says it keeps, and answers no page with a hole", async ([node]) => {
    const { link } = node!;
    const start = await link.current("deck");
    await Promise.all(range(101).map(() => link.publish("deck", "note", "{}")));
    assertEquals((await link.read("deck", start, 10)).messages, undefined);
    const page = await link.read("deck", { ...start, seq: 1 }, 1_000);
    assertEquals(page.messages?.map(({ seq }) => seq), range(100).map((i) => i + 1));
  });

  test("hands out nothing of a room that it does not follow, or not any more", async ([node]) => {
    const { link, ears } = node!;
    await link.follow("room:deck");
    await link.publish("bridge", "note", "{}");
    await link.publish("deck", "note", "{}");
    await waitFor(() => ears.heard.length > 0);
    link.unfollow("room:deck");
    await link.follow("room:bridge");
    await link.publish("deck", "note", "{}");
    await link.publish("bridge", "note", "{}");
    await waitFor(() => ears.seqs("bridge").length > 0);
    assertEquals([ears.seqs("deck"), ears.seqs("bridge")], [[1], [2]]);
  });

  test("takes names and data of any kind", async ([node]) => {
    const { link, ears } = node!;
    const names = ["__proto__", "a:b", "a b", "\u0000\r\n", "déck 🚢", "{a}", "*", "x".repeat(256)];
    for (const each of names) {
      await link.follow(`room:${each}`);
      await link.publish(each, each, JSON.stringify(each));
    }
    await waitFor(() => ears.heard.length === names.length);
    assertEquals(ears.heard.map(({ room }) => room), names);
    assertEquals(ears.heard.map(({ event }) => event), names);
    assertEquals(ears.heard.map(({ data }) => JSON.parse(data)), names);
  });

  test("links a scope once, and none when it is closed", async ([node]) => {
    const { broker } = node!;
    assertThrows(() => broker.link("/", new RecordingEars()), TypeError, "/");
    await broker[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
    assertThrows(() => broker.link("/late", new RecordingEars()), TypeError, "closed");
  });

  test("links a scope again that has ended", async ([node]) => {
    const { broker, link, ears } = node!;
    await link.follow("room:deck");
    await link[Symbol.asyncDispose]();
    const again = linkTo(broker);
    await again.link.follow("room:deck");
    await again.link.publish("deck", "note", "{}");
    await waitFor(() => again.ears.heard.length > 0);
    assertEquals(ears.heard, []);
  });

  test("keeps scopes apart", async ([node, second]) => {
    const { broker, link, ears } = node!;
    const other = linkTo((second ?? node!).broker, "/admin");
    await Promise.all([link.follow("room:deck"), other.link.follow("room:deck")]);
    await link.publish("deck", "note", "{}");
    await link.presence.enter("deck", "ada", link.node);
    other.link.tell("all", "hello");
    assertEquals((await other.link.publish("deck", "note", "{}")).seq, 1);
    await waitFor(() => ears.heard.length > 0 && other.ears.heard.length > 0);
    assertEquals(await other.link.presence.users("deck", 10), []);
    assertEquals([ears.seqs("deck"), ears.messages], [[1], []]);
    assertEquals(broker.state, "up");
  });

  test("names its node first, with eight letters and digits", async ([node]) => {
    const { link } = node!;
    assertEquals(link.nodes()[0]?.node, link.node);
    assert(/^[0-9a-z]{8}$/.test(link.node));
    await Promise.resolve();
  });

  test("hears nothing of what it tells and asks itself", async ([node]) => {
    const { link, ears } = node!;
    for (const topic of ["all", `node:${link.node}`, "room:empty"] as Topic[]) {
      link.tell(topic, "hello");
      if (options.nodes > 1 && topic === "all") continue;
      assertEquals(await link.ask(topic, "who?", 5_000), { replies: [], missing: 0 });
    }
    assertEquals([ears.messages, ears.questions], [[], []]);
  });

  testBetween("hands out what other nodes publish, in one order", async (one, other) => {
    const nodes = [one, other];
    for (const { link } of nodes) await link.follow("room:deck");
    await Promise.all(
      range(40).map((i) => nodes[i % 2]!.link.publish("deck", "note", `"${i}"`)),
    );
    await waitFor(() => nodes.every(({ ears }) => ears.heard.length >= 40));
    assertEquals(one.ears.seqs("deck").toSorted((a, b) => a - b), range(40));
    const bySeq = ({ ears }: TestedNode) => new Map(ears.heard.map(({ seq, data }) => [seq, data]));
    assertEquals(bySeq(one), bySeq(other));
  });

  testBetween("tells the others that follow a topic, in order", async (one, other) => {
    await other.link.follow("room:deck");
    await other.link.follow("user:ada");
    const topics: Topic[] = ["all", "room:deck", "user:ada", `node:${other.link.node}`];
    for (const topic of topics) for (const i of range(20)) one.link.tell(topic, `${topic} ${i}`);
    for (const topic of ["room:bridge", "user:bob", "node:nobody99"] as Topic[]) {
      one.link.tell(topic, "to nobody");
    }
    one.link.tell("all", "end");
    await waitFor(() => other.ears.messages.length >= 81);
    const from = `from ${one.link.node}`;
    for (const topic of topics) {
      const heard = other.ears.messages.filter((each) => each.startsWith(`${topic} `));
      assertEquals(heard, range(20).map((i) => `${topic} ${i} ${from}`));
    }
    assertEquals([other.ears.messages.length, one.ears.messages], [81, []]);
  });

  testBetween("brings replies, and counts those that are missing", async (one, other) => {
    await other.link.follow("room:ready"); // so it can be asked
    const reply = await one.link.ask("all", "who?", 5_000);
    assertEquals(reply, { replies: ["re who?"], missing: 0 });
    assertEquals(other.ears.questions, [`who? from ${one.link.node}`]);
    other.ears.answer = () => Promise.reject(new Error("no"));
    assertEquals(await one.link.ask("all", "who?", 5_000), { replies: [], missing: 1 });
    other.ears.answer = () => new Promise(() => {});
    assertEquals(await one.link.ask("all", "who?", 100), { replies: [], missing: 1 });
    assertEquals(await one.link.ask("room:deck", "who?", 5_000), { replies: [], missing: 0 });
  });

  testBetween("tells the first and the last of a user over all nodes", async (one, other) => {
    const { presence } = one.link;
    assertEquals(await presence.enter("deck", "ada", one.link.node), true);
    assertEquals(await other.link.presence.enter("deck", "ada", other.link.node), false);
    assertEquals(await other.link.presence.users("deck", 10), ["ada"]);
    assertEquals(await presence.leave("deck", "ada", one.link.node), false);
    assertEquals(await other.link.presence.leave("deck", "ada", other.link.node), true);
  });

  testBetween("lists the living nodes, and reports one that leaves", async (one, other) => {
    await waitFor(() => one.link.nodes().length === 2);
    assertEquals(one.link.nodes().map(({ node }) => node), [one.link.node, other.link.node]);
    await other.broker[Symbol.asyncDispose]();
    await waitFor(() => one.ears.goneNodes.length > 0);
    assertEquals(one.ears.goneNodes, [`${other.link.node} left`]);
    await waitFor(() => one.link.nodes().length === 1);
    await assertRejects(
      () => one.link.publish("deck", "note", "{}").then(() => Promise.reject(new Error("up"))),
      Error,
      "up",
    );
  });
}
