/** Faults of workers, in a real process: what each costs, and within which time. */

import { assert, assertEquals } from "@std/assert";
import { connect, type HawserClient } from "@hawser/ws/client";
import { makeDatabaseFile } from "../support/database_file.ts";
import { takePort } from "../support/ports.ts";
import { type Program, startProgram } from "../support/program.ts";
import { eventually } from "../support/wait.ts";

/** On a machine that is busy, an answer may take a while. */
const patience = { timeout: 60_000 };

/** A member of the room "deck". */
interface Member {
  readonly name: string;
  readonly client: HawserClient;
  readonly said: string[];
  /** Users that came and went, as "bob offline". */
  readonly news: string[];
  readonly node: unknown;
  gaps: number;
}

/** A process with workers, and its members. */
class WorkersProgram implements AsyncDisposable {
  readonly members: Member[] = [];
  readonly url: string;
  readonly program: Program;

  private constructor(port: number, program: Program) {
    this.url = `127.0.0.1:${port}`;
    this.program = program;
  }

  /** Starts one, with variables for the program and flags for Deno. */
  static async start(
    env: Record<string, string> = {},
    flags: string[] = [],
  ): Promise<WorkersProgram> {
    const port = takePort();
    const permissions = ["--allow-all", "--no-check", ...flags];
    const variables = { PORT: `${port}`, ...env };
    const path = "tests/support/workers_program.ts";
    return new WorkersProgram(port, await startProgram(path, { env: variables, permissions }));
  }

  /** Connects a member, and joins the room. */
  async enter(name = `m${this.members.length}`, options = {}, last?: number): Promise<Member> {
    const client = connect(`ws://${this.url}/?name=${name}`, { maxDelay: 500, ...options });
    const [said, news]: [string[], string[]] = [[], []];
    client.on("said", (text) => void said.push(String(text)));
    client.on("presence:update", (each) => {
      const { userId, status } = each as { userId: string; status: string };
      news.push(`${userId} ${status}`);
    });
    await client.join("deck", last === undefined ? {} : { last });
    const member: Member = {
      name,
      client,
      said,
      news,
      node: await client.emitWithAck("where", null, patience),
      gaps: 0,
    };
    client.onGap(() => member.gaps++);
    this.members.push(member);
    return member;
  }

  /** Connects until there are two members on each of two workers; the system picks the thread. */
  async enterBoth(): Promise<{ victims: Member[]; others: Member[] }> {
    for (;;) {
      const nodes = Map.groupBy(this.members, ({ node }) => node);
      const [victims, others] = [...nodes.values()].sort((a, b) => a.length - b.length);
      if (victims !== undefined && others !== undefined && victims.length > 1) {
        return { victims, others };
      }
      assert(this.members.length < 300, "Members are not on both workers");
      await this.enter();
    }
  }

  /** The metrics of all workers, from the one that takes the request. */
  async metrics(): Promise<string> {
    return await (await fetch(`http://${this.url}/metrics`)).text();
  }

  /** Connects to the worker that has come in the place of another. */
  async findReplacement(known: unknown[]): Promise<number> {
    const start = performance.now();
    for (let i = 0;; i++) {
      const client = connect(`ws://${this.url}/?name=late${i}`);
      const node = await client.emitWithAck("where", null, patience);
      await client.close();
      if (!known.includes(node)) return performance.now() - start;
      assert(performance.now() - start < 120_000, "The worker is not replaced");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map(({ client }) => client.close()));
    await this.program[Symbol.asyncDispose]();
  }
}

/** Says something again and again on a worker that lives, until it is stopped. */
function talk({ client }: Member) {
  let isOver = false;
  const seqs: number[] = [];
  const talking = (async () => {
    for (let i = 0; !isOver; i++) {
      const { seq } = await client.emitWithAck("say", `${i}`, patience) as { seq: number };
      seqs.push(seq);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  talking.catch(() => {}); // a test that has failed stops nobody
  return {
    seqs,
    async stop(): Promise<number[]> {
      isOver = true;
      await talking;
      return seqs;
    },
  };
}

const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

/** All have heard all, in one order, without a gap, wherever they were meanwhile. */
async function assertOneRoom(members: Member[], count: number): Promise<void> {
  await eventually(() => members.every(({ said }) => said.length >= count));
  for (const { said, gaps, client } of members) {
    assertEquals(said, members[0]!.said);
    assertEquals([said.length, gaps, client.position("deck")?.seq], [count, 0, count]);
  }
}

/** One of two workers dies under load. */
async function dieUnderLoad(how: string, flags: string[] = []): Promise<void> {
  await using workers = await WorkersProgram.start({}, flags);
  const { victims, others } = await workers.enterBoth();
  const [victim] = victims as [Member];
  // Nobody comes back for this user.
  let ghost: Member;
  do ghost = await workers.enter(`g${workers.members.length}`, { maxRetries: 0 }); while (
    ghost.node !== victim.node
  );
  const [witness] = others as [Member];
  const talking = talk(witness);
  await eventually(() => talking.seqs.length > 20);
  // Presence tells nothing of a user that comes and goes before its next news.
  await eventually(() => witness.news.includes(`${ghost.name} online`));
  const told = performance.now();
  victim.client.emit("die", how);
  await eventually(() => ghost.client.state !== "open");
  await eventually(() => witness.news.includes(`${ghost.name} offline`));
  const away = performance.now() - told;
  await eventually(() =>
    workers.members.every((each) => each === ghost || each.client.state === "open")
  );
  const wait = await workers.findReplacement([victim.node, witness.node]);
  const seqs = await talking.stop();
  assertEquals(seqs, range(seqs.length));
  await assertOneRoom([...victims, ...others], seqs.length);
  const offline = witness.news.filter((each) => each === `${ghost.name} offline`);
  assertEquals(offline.length, 1);
  for (const { client } of others) assertEquals(client.state, "open");
  assert(how === "memory" || away < 30_000, `${away} ms`); // at once, where nothing else runs
  assert(wait < 60_000, `${wait} ms`);
  workers.program.signal("SIGTERM");
  assertEquals((await workers.program.ended()).code, 0);
}

Deno.test("hostile 379: a worker that ends under load by an uncaught error: costs its own connections", () =>
  dieUnderLoad("throw"));

Deno.test("hostile 380: a worker that ends under load by Deno.exit(): costs its own connections", () =>
  dieUnderLoad("exit"));

Deno.test("hostile 381: a worker that has no memory left: costs its own connections", () =>
  dieUnderLoad("memory", ["--v8-flags=--max-old-space-size=100"]));

Deno.test("hostile 382: a worker whose code stands still for three seconds: keeps its clients, and others wait for nothing", async () => {
  await using workers = await WorkersProgram.start();
  const { victims, others } = await workers.enterBoth();
  const [victim, witness] = [victims[0]!, others[0]!];
  const talking = talk(witness);
  const blocked = performance.now();
  const isOver = () => performance.now() - blocked >= 3_000;
  victim.client.emit("die", "block 3000");
  await eventually(() => talking.seqs.length > 20);
  const failure = await witness.client.emitWithAck("total", null, patience)
    .catch((error: Error) => error);
  // On a busy machine the worker goes on already, and then it answers.
  assert(failure instanceof Error || isOver(), `${failure}`);
  const metrics = await workers.metrics();
  const here = `\nhawser_clients{namespace="/"} ${
    workers.members.filter(({ node }) => node === witness.node).length
  }\n`;
  assert(metrics.includes(here) || isOver(), metrics); // it may have been asked itself, too
  await eventually(() => victim.said.length > 20);
  const seqs = await talking.stop();
  await assertOneRoom(workers.members, seqs.length);
  assertEquals(await witness.client.emitWithAck("total", null, patience), workers.members.length);
  assertEquals(witness.news.filter((each) => each.endsWith("offline")), []);
  for (const { client } of workers.members) assertEquals(client.state, "open");
});

Deno.test("hostile 383: a worker whose code never returns: is replaced, and its thread holds up no end", async () => {
  await using workers = await WorkersProgram.start({ DEADLINE: "2000" });
  const { victims, others } = await workers.enterBoth();
  const [victim, witness] = [victims[0]!, others[0]!];
  const talking = talk(witness);
  const before = performance.now();
  victim.client.emit("die", "loop");
  await eventually(() => victims.every(({ name }) => witness.news.includes(`${name} offline`)));
  assert(performance.now() - before > 14_000);
  await workers.findReplacement([victim.node, witness.node]);
  const seqs = await talking.stop();
  assertEquals(seqs, range(seqs.length));
  await assertOneRoom(others, seqs.length);
  for (const { client } of others) assertEquals(client.state, "open");
  for (const { name } of victims) {
    assertEquals(witness.news.filter((each) => each === `${name} offline`).length, 1);
  }
  workers.program.signal("SIGTERM");
  assertEquals((await workers.program.ended()).code, 0);
});

Deno.test("hostile 384: workers that die whenever they are started again: later and later, and one goes on", async () => {
  const flag = await Deno.makeTempFile();
  await Deno.remove(flag);
  await using workers = await WorkersProgram.start({ FLAG: flag });
  const { victims, others } = await workers.enterBoth();
  await Deno.writeTextFile(flag, "");
  const before = performance.now();
  victims[0]!.client.emit("die", "exit");
  const count = () => workers.program.said.split("Hawser: a worker failed:").length - 1;
  await eventually(() => count() >= 3); // its end, and two more: after a second, and two later
  const time = performance.now() - before;
  assert(time >= 3_000, `${time} ms`);
  assert(workers.program.said.includes("A worker cannot start"));
  assertEquals(await others[0]!.client.emitWithAck("say", "on", patience), {
    seq: 1,
    epoch: others[0]!.client.position("deck")!.epoch,
  });
  await Deno.remove(flag);
  await workers.findReplacement([victims[0]!.node, others[0]!.node]);
});

Deno.test("hostile 385: TLS, options and modules that cannot be: one error, and the end with 1", async () => {
  for (
    const [env, text] of [
      [{ TLS: "1" }, "Cannot use cert with loadBalanced"],
      [{ WORKERS: "0" }, "workers"],
      [{ WORKERS: "1.5" }, "workers"],
      [{ DEADLINE: "-1" }, "shutdownDeadline"],
      [{ FLAG: "deno.json" }, "A worker cannot start"],
    ] as const
  ) {
    const args = ["run", "--no-check", "--allow-all", "tests/support/workers_program.ts"];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      env: { PORT: `${takePort()}`, NO_COLOR: "1", ...env },
      stdout: "null",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 1, said);
    assert(said.includes(text), said);
  }
});

Deno.test("startWorkers() ends by SIGTERM under load with 0, and keeps in SQLite what was acknowledged", async () => {
  await using file = await makeDatabaseFile();
  const env = { DATABASE: file.path };
  const kept: string[] = [];
  {
    await using workers = await WorkersProgram.start(env);
    const { victims, others } = await workers.enterBoth();
    const talking = [...victims, ...others].map(async ({ client, name }) => {
      for (let i = 0;; i++) {
        await client.emitWithAck("say", `${name} ${i}`, patience);
        kept.push(`${name} ${i}`);
      }
    });
    const ended = Promise.allSettled(talking);
    await eventually(() => kept.length > 100);
    workers.program.signal("SIGTERM");
    const { code, stdout } = await workers.program.ended();
    assertEquals([code, stdout.includes("Finished")], [0, true], stdout);
    for (const { client } of workers.members) void client.close();
    await ended;
  }
  await using workers = await WorkersProgram.start(env);
  const member = await workers.enter("late", {}, kept.length + 1_000);
  const { seq } = await member.client.emitWithAck("say", "again", patience) as { seq: number };
  await eventually(() => member.said.length === seq);
  assertEquals(kept.filter((each) => !member.said.includes(each)), []);
});

Deno.test("startWorkers() tells of a user once, however many workers it is on", async () => {
  await using workers = await WorkersProgram.start();
  const { victims, others } = await workers.enterBoth();
  const [witness] = others as [Member];
  const twins: Member[] = [];
  while (new Set(twins.map(({ node }) => node)).size < 2) twins.push(await workers.enter("twin"));
  await eventually(() => witness.news.includes("twin online"));
  for (const { client } of twins) await client.close();
  await eventually(() => witness.news.includes("twin offline"));
  assertEquals(witness.news.filter((each) => each.startsWith("twin")), [
    "twin online",
    "twin offline",
  ]);
  const users = await victims[0]!.client.emitWithAck("users", null, patience) as string[];
  assertEquals(users.includes("twin"), false);
});
