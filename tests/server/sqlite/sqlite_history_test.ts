/** A history that outlives the process. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { serve } from "../../../server/serve.ts";
import type { Position } from "../../../wire/position.ts";
import { DatabaseError } from "../../../server/sqlite/database_error.ts";
import { SqliteHistory } from "../../../server/sqlite/sqlite_history.ts";
import { connect } from "../../support/clients.ts";
import { type DatabaseFile, makeDatabaseFile } from "../../support/database_file.ts";
import { fill, historyContract, seqsOf } from "../../support/history_contract.ts";

historyContract("SqliteHistory", (bounds, now) => {
  const history = new SqliteHistory(":memory:", bounds, { now });
  return {
    history,
    [Symbol.asyncDispose]: async () => {
      await history.current("deck");
      history.close();
    },
  };
});

Deno.test("SqliteHistory goes on where it was", async () => {
  await using file = await makeDatabaseFile();
  let position: Position = { seq: 0, epoch: "" };
  let untouched: Position | undefined;
  for (let run = 0; run < 3; run++) {
    using history = new SqliteHistory(file.path);
    untouched ??= await history.current("untouched");
    assertEquals(await history.current("untouched"), untouched);
    if (run > 0) assertEquals(await history.current("deck"), position);
    position = await fill(history, "deck", 10);
    assertEquals(position.seq, 10 * (run + 1));
    const page = await history.read("deck", { ...position, seq: 0 }, 100);
    assertEquals(seqsOf(page), Array.from({ length: position.seq }, (_, i) => i + 1));
  }
  assertEquals(file.list(), ["history.db", "history.db-writer"]);
});

Deno.test("SqliteHistory.append() commits what comes in one turn together", async () => {
  await using file = await makeDatabaseFile();
  using history = new SqliteHistory(file.path);
  const settled: number[] = [];
  const appends = Array.from({ length: 1_000 }, async () => {
    settled.push((await history.append("deck", "note", "{}")).seq);
  });
  assertEquals(settled, []);
  await Promise.all(appends);
  assertEquals(settled, Array.from({ length: 1_000 }, (_, i) => i + 1));
});

Deno.test("SqliteHistory.close() writes what waits, and nothing after it", async () => {
  await using file = await makeDatabaseFile();
  const history = new SqliteHistory(file.path);
  const appended = history.append("deck", "note", "{}");
  history.close();
  history.close();
  const position = await appended;
  await assertRejects(() => history.append("deck", "note", "{}"), TypeError, "closed");
  await assertRejects(() => history.current("deck"));
  using again = new SqliteHistory(file.path);
  assertEquals(await again.current("deck"), position);
});

Deno.test("SqliteHistory.append() rejects where the disk is full, and takes no number", async () => {
  await using file = await makeDatabaseFile();
  using history = new SqliteHistory(file.path, { size: 1_000, maxFileSize: 100_000 });
  const large = JSON.stringify({ text: "x".repeat(200_000) });
  const { epoch } = await fill(history, "deck", 3);
  const [small, refused, other] = await Promise.allSettled([
    history.append("deck", "note", "{}"),
    history.append("deck", "note", large),
    history.append("deck", "note", "{}"),
  ]);
  assert(refused.status === "rejected");
  assertEquals(String(refused.reason), "Error: database or disk is full");
  assertEquals([small, other].map((each) => each.status === "fulfilled" && each.value), [
    { seq: 4, epoch },
    { seq: 5, epoch },
  ]);
  assertEquals(seqsOf(await history.read("deck", { seq: 3, epoch }, 9)), [4, 5]);
});

Deno.test("App.publish() rejects what cannot be stored, and nobody gets it", async () => {
  await using file = await makeDatabaseFile();
  using history = new SqliteHistory(file.path, { maxFileSize: 100_000 });
  const app = new App({ rooms: { history } });
  const { connection, id } = connect(app);
  await app.client(id)?.join("deck");
  const large = { text: "x".repeat(200_000) };
  await assertRejects(() => app.publish("deck", "note", large), Error, "disk is full");
  await assertRejects(() => app.publish("deck", "note", { big: 1n }), TypeError);
  await app.publish("deck", "note", { text: "small" });
  assertEquals(connection.take(), [{ type: "note", text: "small", stream: "deck", seq: 1 }]);
});

Deno.test("SqliteHistory belongs to one at a time", async () => {
  await using file = await makeDatabaseFile();
  using history = new SqliteHistory(file.path);
  await history.append("deck", "note", "{}");
  const error = assertThrows(() => new SqliteHistory(file.path), DatabaseError);
  assertEquals(error.code, "DATABASE_LOCKED");
  assertEquals((await history.append("deck", "note", "{}")).seq, 2);
});

Deno.test("SqliteHistory refuses options that are none", () => {
  const bounds = [{ size: -1 }, { maxAge: 0 }, { maxRooms: Infinity }, { maxFileSize: 1.5 }];
  for (const options of bounds) {
    assertThrows(() => new SqliteHistory(":memory:", options), RangeError, "Cannot use history.");
  }
  const options = { synchronous: "off" as "full" };
  assertThrows(() => new SqliteHistory(":memory:", options), TypeError, '"off"');
});

/** Appends and prints each number as soon as it is acknowledged, until it is killed. */
const writer = `
  import { SqliteHistory } from "./server/sqlite/sqlite_history.ts";
  const history = new SqliteHistory(Deno.args[0], { size: 1_000_000, synchronous: Deno.args[1] });
  for (;;) {
    const batch = Array.from({ length: 20 }, () => history.append("deck", "note", "{}"));
    for (const appended of batch) {
      const { seq, epoch } = await appended;
      Deno.stdout.writeSync(new TextEncoder().encode(seq + " " + epoch + "\\n"));
    }
  }
`;

/** Runs the writer until it has acknowledged some messages; returns the last of them. */
async function writeUntilKilled(file: DatabaseFile, synchronous: string): Promise<Position> {
  const script = file.path.replace("history.db", "writer.ts");
  const root = new URL("../../../", import.meta.url);
  await Deno.writeTextFile(script, writer.replace("./", root.href));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", script, file.path, synchronous],
    cwd: root,
    stdout: "piped",
  }).spawn();
  let text = "";
  let isKilled = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (isKilled || text.length <= 5_000) continue;
    isKilled = true;
    child.kill("SIGKILL");
  }
  await child.status;
  const [seq, epoch] = text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1)!.split(" ");
  return { seq: Number(seq), epoch: epoch! };
}

for (const synchronous of ["full", "normal"] as const) {
  Deno.test(`SqliteHistory keeps what it has acknowledged over kill -9: ${synchronous}`, async () => {
    await using file = await makeDatabaseFile();
    let last = 0;
    for (let run = 0; run < 2; run++) {
      const { seq, epoch } = await writeUntilKilled(file, synchronous);
      assert(seq > last + 100, `only ${seq - last} messages`);
      using history = new SqliteHistory(file.path, { size: 1_000_000 });
      const page = await history.read("deck", { seq: 0, epoch }, 1_000_000);
      const seqs = seqsOf(page);
      assert(seqs !== undefined && seqs.length >= seq, `${seqs?.length} of ${seq}`);
      assertEquals(page.position, { seq: seqs.length, epoch });
      last = seqs.length;
    }
  });
}

Deno.test("SqliteHistory is closed when the last server of its application has shut down", async () => {
  await using file = await makeDatabaseFile();
  const history = new SqliteHistory(file.path);
  const app = new App({ rooms: { history } });
  const address = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const servers = [serve({ ...address, app }), serve({ ...address, app })];
  await servers[0]!.shutdown();
  const position = await app.publish("deck", "note", {});
  await servers[1]!.shutdown();
  await assertRejects(() => app.publish("deck", "note", {}), TypeError, "closed");
  using again = new SqliteHistory(file.path);
  assertEquals(await again.current("deck"), position);
});
