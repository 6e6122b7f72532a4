/** Targets on other nodes, and targets of other nodes here. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { AckError } from "../../../../server/app/clients/acks.ts";
import { settle, type TwoNodes, twoNodes } from "../../../support/two_nodes.ts";

/** Ada and Bob on one node, Bob and Eve on the other; all but Eve are on the deck. */
async function setUp({ one, two }: TwoNodes) {
  const clients = {
    ada: one.connect("ada"),
    bob: one.connect("bob"),
    bob2: two.connect("bob"),
    eve: two.connect("eve"),
  };
  const { ada, bob, bob2, eve } = clients;
  for (const { id } of [ada, bob]) await one.app.client(id)!.join("deck");
  await two.app.client(bob2.id)!.join("deck");
  await two.app.client(eve.id)!.join("bridge");
  await settle();
  /** The text of the events that each was sent. */
  async function take(): Promise<Record<string, unknown[]>> {
    await settle();
    return Object.fromEntries(
      Object.entries(clients).map(([name, { connection }]) => [
        name,
        connection.take().map((message: { text?: unknown; type: unknown }) =>
          message.text ?? message.type
        ),
      ]),
    );
  }
  return { ...clients, take };
}

Deno.test("Target.emit() reaches the selected clients of all nodes, each once", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { ada, bob, eve, take } = await setUp(nodes);
  const none = { ada: [], bob: [], bob2: [], eve: [] };
  const cases = [
    [one.app.broadcast, { ada: ["x"], bob: ["x"], bob2: ["x"], eve: ["x"] }],
    [two.app.to("deck"), { ...none, ada: ["x"], bob: ["x"], bob2: ["x"] }],
    [one.app.to("bridge"), { ...none, eve: ["x"] }],
    [one.app.to("deck").to("bridge"), { ada: ["x"], bob: ["x"], bob2: ["x"], eve: ["x"] }],
    [one.app.toUser("bob"), { ...none, bob: ["x"], bob2: ["x"] }],
    [two.app.to("deck").except(bob.id), { ...none, ada: ["x"], bob2: ["x"] }],
    [one.app.toClient(eve.id), { ...none, eve: ["x"] }],
    [one.app.toClient(ada.id), { ...none, ada: ["x"] }],
    [one.app.to(eve.id), { ...none, eve: ["x"] }],
    [one.app.client(ada.id)!.to("deck"), { ...none, bob: ["x"], bob2: ["x"] }],
    [one.app.to("deck").local, { ...none, ada: ["x"], bob: ["x"] }],
    [two.app.toClient("nobody99.3f"), none],
    [two.app.toClient("nobody"), none],
  ] as const;
  for (const [target, expected] of cases) {
    target.emit("note", { text: "x" });
    assertEquals(await take(), expected as Record<string, unknown>);
  }
});

Deno.test("Target.emit() wakes no node that has nobody in the room", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { eve } = await setUp(nodes);
  const told: string[] = [];
  const { ears } = two.broker.links.get("/")!;
  const hear = ears.told.bind(ears);
  ears.told = (message, from) => (told.push(message), hear(message, from));
  one.app.to("engine room").emit("note", {});
  one.app.toUser("ada").emit("note", {});
  await settle();
  assertEquals(told, []);
  one.app.to("bridge").emit("note", {});
  one.app.toClient(eve.id).emit("note", {});
  await settle();
  assertEquals(told.length, 2);
});

Deno.test("Target.emit() carries any data, in order, whatever its node", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { connection, id } = two.connect("ada");
  for (let i = 0; i < 50; i++) one.app.toClient(id).emit("count", { i });
  one.app.toClient(id).emit("raw", { type: "x", seq: 1, bytes: new Uint8Array([7]) });
  await settle();
  const got = connection.take();
  assertEquals(got.slice(0, 50).map(({ i }) => i), Array.from({ length: 50 }, (_, i) => i));
  assertEquals(got[50], { event: "raw", data: { type: "x", seq: 1, bytes: { $base64: "Bw==" } } });
});

Deno.test("hostile 267: Target.emit() reaches its own node while the broker is down", async () => {
  await using nodes = twoNodes();
  const { one } = nodes;
  const { take } = await setUp(nodes);
  one.broker.setState("down");
  one.app.emit("note", { text: "x" });
  assertEquals(await take(), { ada: ["x"], bob: ["x"], bob2: [], eve: [] });
  await assertRejects(() => one.app.publish("deck", "note", {}), Error, "down");
  one.broker.setState("up");
  one.app.emit("note", { text: "y" });
  assertEquals((await take()).eve, ["y"]);
});

Deno.test("Target.join(), leave() and disconnect() act on all nodes", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { bob2, eve } = await setUp(nodes);
  one.app.toUser("bob").join("bridge");
  await settle();
  assertEquals([one.app.to("bridge").count, two.app.to("bridge").count], [1, 2]);
  one.app.to("bridge").leave("bridge");
  await settle();
  assertEquals([one.app.to("bridge").count, two.app.to("bridge").count], [0, 0]);
  one.app.toClient(eve.id).disconnect(4000, "Bye");
  await settle();
  assertEquals(eve.connection.closedWith, { code: 4000, reason: "Bye" });
  assertEquals(bob2.connection.closedWith, undefined);
});

Deno.test("Target.members() and total() count the clients of all nodes", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { ada, bob, bob2 } = await setUp(nodes);
  const members = await one.app.to("deck").members();
  assertEquals(members, [
    { id: ada.id, node: one.app.nodes.self, userId: "ada" },
    { id: bob.id, node: one.app.nodes.self, userId: "bob" },
    { id: bob2.id, node: two.app.nodes.self, userId: "bob" },
  ]);
  assert(members.every(({ id, node }) => id.startsWith(`${node}.`)));
  assertEquals((await one.app.to("deck").members(2)).length, 2);
  assertEquals((await one.app.to("deck").local.members()).length, 2);
  const totals = [one.app.to("deck"), two.app.broadcast, one.app.to("deck").local, one.app.to("x")];
  assertEquals(await Promise.all(totals.map((each) => each.total())), [3, 4, 2, 0]);
  assertEquals([one.app.to("deck").count, two.app.to("deck").count], [2, 1]);
  await assertRejects(() => one.app.broadcast.total({ timeout: 0 }), RangeError, "timeout");
});

Deno.test("Target.members() lists what memberInfo tells of each client, on all nodes", async () => {
  await using nodes = twoNodes({ memberInfo: ({ user }) => user && { name: user.sub } });
  const { one, two } = nodes;
  one.connect("ada");
  two.connect("bob");
  one.connect();
  await settle();
  const members = await two.app.broadcast.members();
  assertEquals(members.map(({ info }) => info), [{ name: "bob" }, { name: "ada" }, undefined]);
  assertEquals(members.map((member) => "info" in member), [true, true, false]);
});

Deno.test("Target.members() asks others for no more than is missing here", async () => {
  let described = 0;
  await using nodes = twoNodes({ memberInfo: () => ++described });
  const { one, two } = nodes;
  for (const node of [one, one, two, two, two]) node.connect();
  await settle();
  const cases = [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4], [Infinity, 5]] as const;
  for (const [limit, expected] of cases) {
    described = 0;
    const members = await one.app.broadcast.members(limit);
    assertEquals([members.length, described], [expected, expected]);
  }
});

Deno.test("hostile 386: Target.members() refuses a limit that is no number of members", async () => {
  const app = new App();
  for (const limit of [-1, 1.5, NaN]) {
    await assertRejects(() => app.broadcast.members(limit), RangeError, "limit");
  }
});

Deno.test("Target.emitWithAck() collects answers from all nodes", async () => {
  await using nodes = twoNodes();
  const { one } = nodes;
  const { ada, bob, bob2 } = await setUp(nodes);
  const asking = one.app.to("deck").emitWithAck("vote", { on: "lunch" });
  await settle();
  for (const [i, { connection }] of [ada, bob, bob2].entries()) {
    const [{ id, data }] = connection.take();
    assertEquals(data, { on: "lunch" });
    await connection.receiveJson(i === 0 ? { ack: id } : { ack: id, data: `vote ${i}` });
  }
  assertEquals(await asking, [undefined, "vote 1", "vote 2"]);
  assertEquals(await one.app.to("nowhere").emitWithAck("vote", {}), []);
});

Deno.test("hostile 268: Target.emitWithAck() keeps what has come where a client does not answer", async () => {
  await using nodes = twoNodes();
  const { one, clock } = nodes;
  const { ada, bob, bob2 } = await setUp(nodes);
  const asking = one.app.to("deck").emitWithAck("vote", {}, { timeout: 1_000 });
  const failed = assertRejects(() => asking, AckError);
  await settle();
  for (const { connection } of [ada, bob]) {
    await connection.receiveJson({ ack: connection.take()[0].id, data: "yes" });
  }
  clock.pass(1_000);
  const error = await failed;
  assertEquals([error.code, error.answers], ["ACK_TIMEOUT", ["yes", "yes"]]);
  bob2.connection.take();
});

Deno.test("hostile 268: Target.emitWithAck() waits for a node that hangs no longer than it may", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { ada, bob } = await setUp(nodes);
  two.broker.isHanging = true;
  const failed = assertRejects(
    () => one.app.to("deck").emitWithAck("vote", {}, { timeout: 1 }),
    AckError,
    "1 node",
  );
  for (const { connection } of [ada, bob]) {
    await connection.receiveJson({ ack: connection.take()[0].id, data: "yes" });
  }
  const error = await failed;
  assertEquals([error.code, error.answers], ["ACK_TIMEOUT", ["yes", "yes"]]);
  two.broker.isHanging = false;
  one.broker.setState("down");
  const unsent = await assertRejects(() => one.app.broadcast.total(), AckError, "Other nodes");
  assertEquals([unsent.code, unsent.answers], ["ACK_UNSENT", [2]]);
});

Deno.test("hostile 266: Remote.told() and asked() report what cannot be read, and go on", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const { take } = await setUp(nodes);
  const { ears } = two.broker.links.get("/")!;
  ears.told("{", "nobody99");
  ears.told('{"type":"total","selection":{"rooms":[],"users":[],"clients":[],"except":[]}}', "x");
  await assertRejects(() => ears.asked('{"type":"event","event":"x"}\n1', "nobody99"));
  assertEquals(two.errors.length, 3);
  one.app.emit("note", { text: "x" });
  assertEquals((await take()).eve, ["x"]);
});

Deno.test("App.of() makes a namespace a scope of the same broker", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const [admin, other] = [one.app.of("/admin"), two.app.of("/admin")];
  assertEquals([...one.broker.links.keys()], ["/", "/admin"]);
  const heard: unknown[] = [];
  other.nodes.on("changed", (data) => void heard.push(data));
  two.app.nodes.on("changed", () => void heard.push("in another scope"));
  admin.nodes.emit("changed", 1);
  await settle();
  assertEquals(heard, [1]);
});

Deno.test("a room that is named as a client of another node is refused", async () => {
  await using nodes = twoNodes();
  const { one } = nodes;
  const { ada, eve } = await setUp(nodes);
  ada.connection.take();
  await ada.connection.receiveJson({ type: "room:join", roomId: eve.id });
  await ada.connection.receiveJson({ type: "room:join", roomId: "notanode.3f" });
  await settle();
  assertEquals(ada.connection.take().map(({ type, code }) => code ?? type), [
    "FORBIDDEN",
    "room:joined",
  ]);
  assertEquals(one.app.to("notanode.3f").count, 1);
});
