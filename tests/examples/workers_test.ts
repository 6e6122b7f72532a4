/** A room of several threads behind one port: messages, presence, acknowledgements, a death, the end. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { connect, type HawserClient } from "@hawser/ws/client";
import { failWorker, inspectFlag } from "../support/inspector.ts";
import { takePort } from "../support/ports.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { eventually } from "../support/wait.ts";

/** On a machine that is busy, an answer may take a while. */
const patience = { timeout: 60_000 };

/** A member, what it has heard, and where. */
interface Member {
  readonly client: HawserClient;
  readonly said: unknown[];
  readonly node: unknown;
}

async function enter(url: string, name: string): Promise<Member> {
  const client = connect(`${url}?name=${name}`);
  const said: unknown[] = [];
  client.on("said", (data) => void said.push(data));
  client.on("ping", () => name);
  await client.join("deck");
  return { client, said, node: await client.emitWithAck("where", null, patience) };
}

/** Connects until members are on as many nodes as there are; the system picks the thread. */
async function enterEverywhere(url: string, nodes: number): Promise<Member[]> {
  const members: Member[] = [];
  while (new Set(members.map(({ node }) => node)).size < nodes || members.length < 6) {
    assert(members.length < 200, "Members are not on all nodes");
    members.push(await enter(url, `m${members.length}`));
  }
  return members;
}

for (const workers of [2, 3]) {
  Deno.test(`examples/workers.ts with ${workers} workers is one room, and outlives a death`, async () => {
    const [port, inspector] = [takePort(), takePort()];
    await using program = await startProgram("examples/workers.ts", {
      args: ["--port", `${port}`, "--workers", `${workers}`],
      permissions: ["--allow-net", "--allow-read", "--allow-env", inspectFlag(inspector)],
    });
    const url = `ws://127.0.0.1:${port}/`;
    const members = await enterEverywhere(url, workers);
    const positions = await Promise.all(
      Array.from(
        { length: 200 },
        (_, i) => members[i % members.length]!.client.emitWithAck("say", `${i}`, patience),
      ),
    ) as { seq: number }[];
    const seqs = positions.map(({ seq }) => seq).sort((a, b) => a - b);
    assertEquals(seqs, Array.from({ length: 200 }, (_, i) => i + 1));
    await eventually(() => members.every(({ said }) => said.length === 200));
    for (const { said } of members) assertEquals(said, members[0]!.said);
    const names = members.map((_, i) => `m${i}`).sort();
    const pinged = await members[0]!.client.emitWithAck("everyone", null, patience) as string[];
    assertEquals(pinged.toSorted(), names);
    assertEquals(
      (await members[0]!.client.emitWithAck("users", null, patience) as string[]).toSorted(),
      names,
    );
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert(metrics.includes(`\nhawser_clients{namespace="/"} ${members.length}\n`), metrics);

    // One worker dies while its room is written to.
    const ids = new Map(members.map(({ client }) => [client, client.id]));
    const hasLost = ({ client }: Member) => client.id !== ids.get(client);
    const failed = failWorker(inspector, "A worker fails");
    await eventually(() => members.some(hasLost));
    await failed;
    const victim = members.find(hasLost)!;
    const others = members.filter(({ node }) => node !== victim.node);
    const sayings = Array.from(
      { length: 50 },
      () => others[0]!.client.emitWithAck("say", "onward", patience),
    );
    await Promise.all(sayings);
    await eventually(() => others.every(({ said }) => said.length === 250));
    for (const { said } of others) assertEquals(said, others[0]!.said);
    for (const { client } of others) assertEquals(client.state, "open");
    await eventually(() => members.every(({ client }) => client.state === "open"));
    const nodes = new Set<unknown>();
    const newcomers: Member[] = [];
    const end = performance.now() + 120_000;
    while (nodes.size < workers) {
      assert(performance.now() < end, "The dead worker is not replaced");
      const newcomer = await enter(url, `n${newcomers.length}`);
      newcomers.push(newcomer);
      assertNotEquals(newcomer.node, victim.node);
      nodes.add(newcomer.node);
      if (newcomers.length > 20) await newcomers[newcomers.length - 10]!.client.close();
    }

    for (const { client } of [...members, ...newcomers]) void client.close();
    program.signal("SIGTERM");
    assertEquals((await program.ended()).code, 0);
  });
}

Deno.test("examples/workers.ts says in one line that its port is taken", async () => {
  using taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = taken.addr;
  const { code, stderr } = await runProgram("examples/workers.ts", { args: ["--port", `${port}`] });
  const hint = "the port is taken; choose another by --port";
  assertEquals([code, stderr], [1, `Cannot listen on 127.0.0.1:${port}: ${hint}\n`]);
});
