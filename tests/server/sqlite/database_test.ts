/** Opens the database file of a history. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../server/sqlite/database.ts";
import { DatabaseError } from "../../../server/sqlite/database_error.ts";
import { readMarks, writeMarks } from "../../../server/sqlite/writer_mark.ts";
import { makeDatabaseFile } from "../../support/database_file.ts";

const options = { synchronous: "normal", maxFileSize: Infinity } as const;

function assertRefused(path: string, code: string, reason: string): void {
  const error = assertThrows(() => openDatabase(path, options), DatabaseError);
  assertEquals([error.code, error.message], [code, `Cannot open ${path}: ${reason}`]);
}

Deno.test("openDatabase() opens what it has made", async () => {
  await using file = await makeDatabaseFile();
  const { database: first } = openDatabase(file.path, options);
  const generation = first.prepare("SELECT generation FROM meta").get();
  first.close();
  const { database: second, isReplaced } = openDatabase(file.path, {
    ...options,
    synchronous: "full",
  });
  assertEquals(second.prepare("SELECT generation FROM meta").get(), generation);
  assertEquals(second.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
  assertEquals(second.prepare("PRAGMA synchronous").get()?.synchronous, 2);
  assert(!isReplaced);
  second.close();
  assertEquals(file.list(), ["history.db", "history.db-writer"]);
});

Deno.test("openDatabase() refuses a file that another has", async () => {
  await using file = await makeDatabaseFile();
  const { database: holder } = openDatabase(file.path, options);
  assertRefused(file.path, "DATABASE_LOCKED", "another process uses it");
  holder.close();
  openDatabase(file.path, options).database.close();
});

Deno.test("openDatabase() refuses what is no database", async () => {
  await using file = await makeDatabaseFile();
  await Deno.writeTextFile(file.path, "Dear diary, ".repeat(1_000));
  assertRefused(file.path, "DATABASE_CORRUPT", "it is not a database");
});

Deno.test("openDatabase() refuses a damaged database", async () => {
  await using file = await makeDatabaseFile();
  const { database } = openDatabase(file.path, options);
  const insert = database.prepare("INSERT INTO messages VALUES (1, ?, 0, ?, ?)");
  for (let seq = 0; seq < 500; seq++) insert.run(seq, '"note"', "x".repeat(500));
  database.close();
  const bytes = await Deno.readFile(file.path);
  bytes.fill(0xaa, 4_096 * 10, 4_096 * 20);
  await Deno.writeFile(file.path, bytes);
  const error = assertThrows(() => openDatabase(file.path, options), DatabaseError);
  assertEquals(error.code, "DATABASE_CORRUPT");
});

Deno.test("openDatabase() refuses the database of another program, and leaves it alone", async () => {
  await using file = await makeDatabaseFile();
  const other = new DatabaseSync(file.path);
  other.exec("CREATE TABLE accounts (name TEXT)");
  other.close();
  const before = await Deno.readFile(file.path);
  assertRefused(file.path, "DATABASE_FOREIGN", "it is not ours");
  assertEquals(await Deno.readFile(file.path), before);
});

Deno.test("openDatabase() refuses the database of a newer version", async () => {
  await using file = await makeDatabaseFile();
  const { database } = openDatabase(file.path, options);
  database.exec("PRAGMA user_version = 3");
  database.close();
  const reason = "it has version 3, and this program knows 2";
  assertRefused(file.path, "DATABASE_FOREIGN", reason);
});

Deno.test("openDatabase() refuses paths where no file can be", async () => {
  await using file = await makeDatabaseFile();
  const folder = file.path.replace("/history.db", "");
  for (const path of [folder, `${folder}/none/history.db`]) {
    assertRefused(path, "DATABASE_UNUSABLE", "the file cannot be opened");
  }
});

Deno.test({
  name: "openDatabase() refuses a file that cannot be written",
  // The superuser may write any file.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  async fn() {
    await using file = await makeDatabaseFile();
    openDatabase(file.path, options).database.close();
    await Deno.chmod(file.path, 0o400);
    assertRefused(file.path, "DATABASE_UNUSABLE", "it cannot be written");
  },
});

Deno.test({
  name: "openDatabase() names the permissions that are missing",
  permissions: { read: true, write: false },
  fn() {
    const files = "history.db,history.db-writer";
    const reason = `it needs the permissions --allow-read=${files} --allow-write=${files}`;
    assertRefused("history.db", "DATABASE_UNUSABLE", reason);
  },
});

interface Opened {
  readonly isReplaced: boolean;
  readonly generation: unknown;
  readonly epoch: unknown;
}

/** Opens a database, makes a room where there is none, and closes it. */
function look(path: string): Opened {
  const { database, isReplaced } = openDatabase(path, options);
  database.exec("INSERT OR IGNORE INTO rooms VALUES (1, '\"deck\"', 'first', 7, 0)");
  const { generation } = database.prepare("SELECT generation FROM meta").get() ?? {};
  const { epoch } = database.prepare("SELECT epoch FROM rooms").get() ?? {};
  database.close();
  return { isReplaced, generation, epoch };
}

Deno.test("openDatabase() renews all epochs of a file that is not the one written last", async () => {
  await using file = await makeDatabaseFile();
  const first = look(file.path);
  assertEquals(look(file.path), first);
  await Deno.copyFile(file.path, `${file.path}.backup`);
  look(file.path);
  const changes = [
    () => Deno.copyFile(`${file.path}.backup`, file.path),
    () => Deno.remove(`${file.path}-writer`),
    () => Deno.writeTextFile(`${file.path}-writer`, "someone else"),
  ];
  for (const change of changes) {
    const before = look(file.path);
    await change();
    const after = look(file.path);
    assert(after.isReplaced);
    assertNotEquals([after.generation, after.epoch], [before.generation, before.epoch]);
    assertNotEquals(after.epoch, first.epoch);
    assertEquals(look(file.path), { ...after, isReplaced: false });
  }
});

Deno.test("openDatabase() goes on after an opening that was cut off, wherever that was", async () => {
  await using file = await makeDatabaseFile();
  const first = look(file.path);
  const [mark] = readMarks(file.path);
  writeMarks(file.path, [mark!, "the next"]); // it had not reached the database
  assertEquals(look(file.path), first);
  const [later] = readMarks(file.path);
  writeMarks(file.path, [mark!, later!]); // it had
  assertEquals(look(file.path), first);
});

Deno.test("openDatabase() does not take a file that does not fit at the second attempt either", async () => {
  await using file = await makeDatabaseFile();
  look(file.path);
  const bytes = await Deno.readFile(file.path);
  look(file.path);
  const [mark] = readMarks(file.path);
  await Deno.writeFile(file.path, bytes);
  writeMarks(file.path, ["the next"]); // what is written first, and then the process ended
  assertNotEquals(mark, "the next");
  assert(look(file.path).isReplaced);
});

Deno.test("openDatabase() takes over a file of version 1, with its epochs", async () => {
  await using file = await makeDatabaseFile();
  const { generation, epoch } = look(file.path);
  const old = new DatabaseSync(file.path);
  old.exec("ALTER TABLE meta DROP COLUMN writer; PRAGMA user_version = 1");
  old.close();
  await Deno.remove(`${file.path}-writer`);
  assertEquals(look(file.path), { isReplaced: false, generation, epoch });
  await Deno.remove(`${file.path}-writer`);
  assert(look(file.path).isReplaced);
});

Deno.test("openDatabase() keeps a database in memory to itself", () => {
  const { database, isReplaced } = openDatabase(":memory:", options);
  database.close();
  assert(!isReplaced);
  assertThrows(() => Deno.statSync(":memory:-writer"), Deno.errors.NotFound);
});
