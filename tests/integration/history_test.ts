/** Recovery as clients meet it: over real sockets, while others write, and after a crash. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { type DatabaseFile, makeDatabaseFile } from "../support/database_file.ts";
import { JsonSocket } from "../support/json_socket.ts";
import { type Program, runProgram, startProgram } from "../support/program.ts";
import { secret, tokenOf } from "../support/tokens.ts";

const main = "examples/chat/main.ts";

interface Position {
  seq: number;
  epoch: string;
}

function startChat(...args: string[]): Promise<Program> {
  return startProgram(main, { args: ["--port", "0", "--rate", "0", ...args] });
}

function startWithDatabase({ path }: DatabaseFile, ...args: string[]): Promise<Program> {
  return startProgram(main, {
    args: ["--port", "0", "--rate", "0", "--database", path, ...args],
    permissions: [
      "--allow-net",
      `--allow-read=examples/chat,${path},${path}-writer`,
      "--allow-env=HAWSER_*",
      `--allow-write=${path},${path}-writer`,
    ],
  });
}

async function connect({ url }: Program, query = ""): Promise<JsonSocket> {
  const socket = await JsonSocket.open(`ws://${url.host}/ws${query}`);
  assertEquals((await socket.next()).type, "welcome");
  return socket;
}

/** Joins the room "deck"; returns the numbers that were sent first, and the answer. */
async function join(
  socket: JsonSocket,
  since?: Position,
): Promise<{ missed: number[]; position: Position; recovered: boolean }> {
  socket.send({ type: "room:join", roomId: "deck", ...since });
  const missed: number[] = [];
  while (true) {
    const message = await socket.next();
    if (message.type === "chat:message") missed.push(message.seq);
    if (message.type !== "room:joined") continue;
    const { seq, epoch, recovered } = message;
    return { missed, position: { seq, epoch }, recovered };
  }
}

function write(socket: JsonSocket, content: string): void {
  socket.send({ type: "chat:message", roomId: "deck", content });
}

/** The next messages of the room, without what else is told. */
async function hear(
  socket: JsonSocket,
  count: number,
): Promise<{ seq: number; content: string }[]> {
  const messages = [];
  while (messages.length < count) {
    const message = await socket.next();
    if (message.type === "chat:message") messages.push(message);
  }
  return messages;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

Deno.test("chat: what was missed comes first and in order, then room:joined, then the rest", async () => {
  await using chat = await startChat();
  await using ada = await connect(chat);
  const bob = await connect(chat);
  await join(ada);
  const { position: { epoch } } = await join(bob);
  write(ada, "0");
  const [first] = await hear(bob, 1);
  await bob[Symbol.asyncDispose]();
  for (let i = 1; i <= 50; i++) write(ada, `${i}`);
  await hear(ada, 51);
  await using back = await connect(chat);
  const { missed, position, recovered } = await join(back, { seq: first!.seq, epoch });
  assertEquals([missed, position, recovered], [range(2, 51), { seq: 51, epoch }, true]);
  write(ada, "live");
  assertEquals((await hear(back, 1)).map(({ seq, content }) => [seq, content]), [[52, "live"]]);
});

Deno.test("chat: --history says how much can be missed", async () => {
  await using chat = await startChat("--history", "5");
  await using ada = await connect(chat);
  await using bob = await connect(chat);
  const { position: { epoch } } = await join(ada);
  for (let i = 0; i < 9; i++) write(ada, `${i}`);
  await hear(ada, 9);
  assertEquals(await join(bob, { seq: 4, epoch }), {
    missed: [5, 6, 7, 8, 9],
    position: { seq: 9, epoch },
    recovered: true,
  });
  const { missed, position, recovered } = await join(bob, { seq: 3, epoch });
  assertEquals([missed, position.seq, recovered], [[], 9, false]);
});

Deno.test("chat: without --database another process has other epochs", async () => {
  const positions: Position[] = [];
  for (let run = 0; run < 2; run++) {
    await using chat = await startChat();
    await using ada = await connect(chat);
    const { position, recovered } = await join(ada, positions[0]);
    assertEquals([position.seq, recovered], [0, false]);
    positions.push(position);
  }
  assert(positions[0]!.epoch !== positions[1]!.epoch);
});

Deno.test("chat: with --database nothing that was heard is lost by kill -9", async () => {
  await using file = await makeDatabaseFile();
  const first = await startWithDatabase(file);
  const ada = await connect(first);
  const { position: { epoch } } = await join(ada);
  for (let i = 1; i <= 300; i++) write(ada, `message ${i}`);
  const heard = await hear(ada, 150);
  first.signal("SIGKILL");
  await ada.closed;
  await first.ended();

  await using second = await startWithDatabase(file);
  await using back = await connect(second);
  const since = { seq: heard.at(-50)!.seq, epoch };
  const { missed, position, recovered } = await join(back, since);
  assertEquals(recovered, true);
  assertEquals(missed, range(since.seq + 1, position.seq));
  assert(position.seq >= heard.at(-1)!.seq, `${position.seq} of ${heard.at(-1)!.seq}`);
  write(back, "after");
  assertEquals((await hear(back, 1))[0]!.seq, position.seq + 1);
});

Deno.test("chat: with --database a restart goes on where it was, and leaves a file and its mark", async () => {
  await using file = await makeDatabaseFile();
  let position: Position | undefined;
  for (let run = 0; run < 3; run++) {
    await using chat = await startWithDatabase(file);
    await using ada = await connect(chat);
    const joined = await join(ada, position);
    if (position !== undefined) assertEquals([joined.position, joined.recovered], [position, true]);
    write(ada, "hello");
    const seq = (await hear(ada, 1))[0]!.seq;
    position = { seq, epoch: joined.position.epoch };
    assertEquals(seq, run + 1);
    chat.signal("SIGTERM");
    await ada.closed;
    assertEquals((await chat.ended()).code, 0);
  }
  assertEquals(file.list(), ["history.db", "history.db-writer"]);
});

Deno.test("chat: a database from a backup gives no number again under the same epoch", async () => {
  await using file = await makeDatabaseFile();
  const run = async (since?: Position): Promise<[Position, boolean]> => {
    await using chat = await startWithDatabase(file);
    await using ada = await connect(chat);
    const joined = await join(ada, since);
    write(ada, "hello");
    const { seq } = (await hear(ada, 1))[0]!;
    chat.signal("SIGTERM");
    await chat.ended();
    return [{ seq, epoch: joined.position.epoch }, joined.recovered];
  };
  await run();
  await Deno.copyFile(file.path, `${file.path}.backup`);
  const [later] = await run();
  await Deno.copyFile(`${file.path}.backup`, file.path);
  const [restored, recovered] = await run(later);
  assertEquals([restored.seq, recovered], [later.seq, false]);
  assertNotEquals(restored.epoch, later.epoch);
});

Deno.test("chat: a database that cannot be used ends it with one line and 1", async () => {
  await using file = await makeDatabaseFile();
  await using holder = await startWithDatabase(file);
  assertEquals(holder.url.protocol, "http:");
  const permissions = ["--allow-all"];
  const run = (path: string, permissions: string[]) =>
    runProgram(main, { args: ["--port", "0", "--database", path], permissions });
  const locked = await run(file.path, permissions);
  const reason = "another process uses it";
  assertEquals([locked.code, locked.stderr], [1, `Cannot open ${file.path}: ${reason}\n`]);
  await Deno.writeTextFile(`${file.path}.txt`, "no database".repeat(1_000));
  const corrupt = await run(`${file.path}.txt`, permissions);
  assertEquals([corrupt.code, corrupt.stderr.split("\n").length], [1, 2]);
  assertStringIncludes(corrupt.stderr, "it is not a database");
  const forbidden = await run("chat.db", ["--allow-net", "--allow-read", "--allow-env"]);
  assertEquals([forbidden.code, forbidden.stderr.split("\n").length], [1, 2]);
  assertStringIncludes(
    forbidden.stderr,
    "--allow-read=chat.db,chat.db-writer --allow-write=chat.db,",
  );
});

/** Somebody who leaves and comes back at random, and checks each message. */
class ReturningMember {
  readonly #chat: Program;
  #position: Position | undefined;
  recoveries = 0;
  losses = 0;
  heard = 0;

  constructor(chat: Program) {
    this.#chat = chat;
  }

  /** Connects, listens to some messages, and leaves; until the last message was heard. */
  async comeAndGo(last: string): Promise<void> {
    while (true) {
      const socket = await connect(this.#chat);
      try {
        await this.#enter(socket);
        let stay = Math.random() < 0.2 ? 0 : Math.ceil(Math.random() * 40);
        while (stay-- > 0) {
          const [message] = await hear(socket, 1);
          assertEquals(message!.seq, this.#position!.seq + 1);
          this.#position!.seq = message!.seq;
          this.heard++;
          if (message!.content === last) return;
        }
      } finally {
        await socket[Symbol.asyncDispose]();
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    }
  }

  async #enter(socket: JsonSocket): Promise<void> {
    const since = this.#position;
    const { missed, position, recovered } = await join(socket, since);
    if (since !== undefined && recovered) {
      this.recoveries++;
      assertEquals(missed, range(since.seq + 1, position.seq));
    } else {
      assertEquals(missed, []);
      if (since !== undefined) this.losses++;
    }
    this.heard += missed.length;
    this.#position = position;
  }
}

/** Lets them come and go until it is enough. */
async function wanderUnderLoad(
  chat: Program,
  isEnough: (counts: { recoveries: number; losses: number }) => boolean,
) {
  const members = Array.from({ length: 20 }, () => new ReturningMember(chat));
  await using writer = await connect(chat);
  await join(writer);
  const wandering = Promise.all(members.map((each) => each.comeAndGo("the end")));
  let written = 0;
  const count = (what: "recoveries" | "losses") =>
    members.reduce((sum, each) => sum + each[what], 0);
  const counts = () => ({ recoveries: count("recoveries"), losses: count("losses") });
  for (let turn = 1; written < 400 || !isEnough(counts()) && written < 20_000; turn++) {
    for (let i = 0; i < 4; i++) write(writer, `${written++}`);
    // Now and then a while, in which they come back on a slow machine, too.
    await new Promise((resolve) => setTimeout(resolve, turn % 50 === 0 ? 500 : 20));
  }
  // A client that is disconnected at the moment must still find it.
  const closing = setInterval(() => write(writer, "the end"), 50);
  await wandering;
  clearInterval(closing);
  return counts();
}

for (const where of ["memory", "a database"]) {
  Deno.test(`chat: 20 clients come and go under load without a gap or a double: ${where}`, async () => {
    await using file = await makeDatabaseFile();
    await using chat = where === "memory"
      ? await startChat("--history", "1000")
      : await startWithDatabase(file, "--history", "1000");
    const { losses, recoveries } = await wanderUnderLoad(chat, (each) => each.recoveries > 100);
    assertEquals(losses, 0);
    assert(recoveries > 100, `only ${recoveries} recoveries`);
  });
}

Deno.test("chat: a short history under load is recovered without a gap, or said to be lost", async () => {
  await using chat = await startChat("--history", "10");
  const { losses, recoveries } = await wanderUnderLoad(
    chat,
    (each) => each.losses > 10 && each.recoveries > 10,
  );
  assert(losses > 10 && recoveries > 10, `${losses} losses, ${recoveries} recoveries`);
});

Deno.test("chat: 1,000 clients of a room hear every message in one order", async () => {
  await using chat = await startChat("--jwt-secret", secret);
  const clients: JsonSocket[] = [];
  // One person's: of a thousand people all would be told a thousand times who comes.
  const query = `?token=${tokenOf("ada")}`;
  while (clients.length < 1_000) {
    clients.push(...await Promise.all(Array.from({ length: 50 }, () => connect(chat, query))));
  }
  await Promise.all(clients.map((client) => join(client)));
  const writers = clients.slice(0, 5);
  const count = 20;
  for (let i = 0; i < count; i++) {
    for (const [index, writer] of writers.entries()) write(writer, `${index} ${i}`);
  }
  const heard = await Promise.all(clients.map((client) => hear(client, count * writers.length)));
  const [expected] = heard;
  assertEquals(expected!.map(({ seq }) => seq), range(1, count * writers.length));
  const order = JSON.stringify(expected);
  for (const messages of heard) assert(JSON.stringify(messages) === order);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});
