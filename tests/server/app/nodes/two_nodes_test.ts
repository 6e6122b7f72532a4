/** Streams and presence over two nodes, with all that can happen between them. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { acceptor } from "../../../../server/app/peer.ts";
import { TestNetwork } from "../../../support/test_network.ts";
import { settle, type TestNode, twoNodes } from "../../../support/two_nodes.ts";

/** A client that has joined the deck by itself, and what it was told. */
async function join(node: TestNode, since?: { seq: number; epoch: string }) {
  const { connection } = node.connect();
  connection.take();
  await connection.receiveJson({ type: "room:join", roomId: "deck", ...since });
  await settle();
  return {
    connection,
    /** Numbers of messages, and "at 5" or "recovered at 5" for `room:joined`. */
    take(): (number | string)[] {
      return connection.take().map((message: Record<string, unknown>) => {
        if (message.type !== "room:joined") return Number(message.seq);
        return `${message.recovered ? "recovered " : ""}at ${message.seq}`;
      });
    },
    leave: () => connection.end(),
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("App.publish() brings the messages of all nodes to all members, in one order", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const [ada, bob] = [await join(one), await join(two)];
  const positions = await Promise.all(
    range(1, 40).map((i) => (i % 3 === 0 ? one : two).app.publish("deck", "note", { i })),
  );
  await settle();
  assertEquals(positions.map(({ seq }) => seq).toSorted((a, b) => a - b), range(1, 40));
  assertEquals(ada.take(), ["at 0", ...range(1, 40)]);
  assertEquals(bob.take(), ["at 0", ...range(1, 40)]);
});

Deno.test("Client.join() recovers on another node what was missed on the first", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const ada = await join(one);
  const { epoch } = await two.app.publish("deck", "note", {});
  await settle();
  assertEquals(ada.take(), ["at 0", 1]);
  ada.leave();
  for (let i = 0; i < 3; i++) await one.app.publish("deck", "note", {});
  const again = await join(two, { seq: 1, epoch });
  await one.app.publish("deck", "note", {});
  await settle();
  assertEquals(again.take(), [2, 3, 4, "recovered at 4", 5]);
});

Deno.test("Client.join() waits for a node that has heard of less than its client", async () => {
  const network = new TestNetwork();
  await using nodes = twoNodes({}, network);
  const { one, two } = nodes;
  const [ada, bob] = [await join(one), await join(two)];
  const held: (() => void)[] = [];
  network.carry = (deliver, to) => to === two.broker ? void held.push(deliver) : deliver();
  let epoch = "";
  for (let i = 0; i < 4; i++) ({ epoch } = await one.app.publish("deck", "note", {}));
  await settle();
  assertEquals([ada.take(), bob.take()], [["at 0", 1, 2, 3, 4], ["at 0"]]);
  const eve = await join(two, { seq: 3, epoch });
  for (const deliver of held) deliver();
  network.carry = (deliver) => deliver();
  await one.app.publish("deck", "note", {});
  await settle();
  assertEquals(eve.take(), [4, "recovered at 4", 5]);
  assertEquals(bob.take(), [1, 2, 3, 4, 5]);
});

Deno.test("hostile 264: a stream that was lost is told to the members of all nodes", async () => {
  await using nodes = twoNodes();
  const { network, one, two } = nodes;
  const [ada, bob] = [await join(one), await join(two)];
  await one.app.publish("deck", "note", {});
  await settle();
  network.flush();
  await two.app.publish("deck", "note", {});
  await settle();
  for (const client of [ada, bob]) assertEquals(client.take(), ["at 0", 1, "at 0", 1]);
  network.flush();
  await Promise.all([one.broker.check(), two.broker.check()]);
  await settle();
  for (const client of [ada, bob]) assertEquals(client.take(), ["at 0"]);
  assertEquals(one.app[acceptor].stats!()["/"]?.streams, { holes: 0, doubles: 0, resets: 2 });
  assertEquals([one.errors, two.errors], [[], []]);
});

Deno.test("App.publish() leaves no gap and no double over nodes, whatever is lost between them", async () => {
  const faults = fc.array(fc.constantFrom("pass", "pass", "lose", "double", "hold"), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(faults, fc.integer({ min: 1, max: 60 }), async (faults, count) => {
      const network = new TestNetwork({ historySize: 1_000 });
      await using nodes = twoNodes({}, network);
      const { one, two } = nodes;
      const [ada, bob] = [await join(one), await join(two)];
      const held: (() => void)[] = [];
      let calls = 0;
      network.carry = (deliver) => {
        const fault = faults[calls++ % faults.length];
        if (fault === "lose") return;
        if (fault === "hold") return void held.push(deliver);
        deliver();
        if (fault === "double") deliver();
      };
      for (let i = 0; i < count; i++) {
        await (i % 2 === 0 ? one : two).app.publish("deck", "note", { i });
        if (held.length > 3) { for (const deliver of held.splice(0).reverse()) deliver(); }
      }
      for (const deliver of held.splice(0).reverse()) deliver();
      await Promise.all([one.broker.check(), two.broker.check()]);
      await settle();
      for (const client of [ada, bob]) assertEquals(client.take(), ["at 0", ...range(1, count)]);
    }),
    { numRuns: 100 },
  );
});

Deno.test("PresenceTracker tells the clients of all nodes, once", async () => {
  for (const audience of ["everybody", "rooms"] as const) {
    await using nodes = twoNodes({ presence: { audience, grace: 0, interval: 0 } });
    const { clock, one, two } = nodes;
    const watchers = [await join(one), await join(two)];
    const ada = [one.connect("ada"), two.connect("ada")];
    for (const [i, node] of [one, two].entries()) {
      await node.app.client(ada[i]!.id)!.join("deck");
      await settle();
    }
    const heard = () =>
      watchers.map(({ connection }) =>
        connection.take().filter(({ type }) => type === "presence:update").map((
          { userId, status },
        ) => `${userId} ${status}`)
      );
    clock.pass(1_000);
    await settle();
    assertEquals(heard(), [["ada online"], ["ada online"]], audience);
    assertEquals(await two.app.users("deck"), ["ada"]);
    ada[0]!.connection.end();
    clock.pass(1_000);
    await settle();
    assertEquals(heard(), [[], []]);
    ada[1]!.connection.end();
    await settle();
    clock.pass(1_000);
    await settle();
    assertEquals(heard(), [["ada offline"], ["ada offline"]]);
    two.broker.links.get("/")!.ears.vanished(audience === "everybody" ? "" : "deck", "eve");
    await settle();
    clock.pass(1_000);
    await settle();
    assertEquals(heard(), [["eve offline"], ["eve offline"]]);
    two.broker.links.get("/")!.ears.appeared(audience === "everybody" ? "" : "deck", "eve");
    await settle();
    clock.pass(1_000);
    await settle();
    assertEquals(heard(), [["eve online"], ["eve online"]]);
  }
});

Deno.test("hostile 269: App refuses a history and a store of presence beside a broker", async () => {
  const network = new TestNetwork();
  await using _nodes = twoNodes({}, network);
  for (
    const [options, name] of [
      [{ rooms: { join: true, history: { size: 5 } } }, "rooms.history"],
      [{ presence: { store: network.scope("/").presence } }, "presence.store"],
    ] as const
  ) {
    let message = "";
    try {
      twoNodes(options, network);
    } catch (error) {
      message = String(error);
    }
    assert(message.includes(name), message);
  }
});
