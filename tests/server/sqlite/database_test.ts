/** Opens the database file of a history. */

import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../server/sqlite/database.ts";
import { DatabaseError } from "../../../server/sqlite/database_error.ts";
import { makeDatabaseFile } from "../../support/database_file.ts";

const options = { synchronous: "normal", maxFileSize: Infinity } as const;

function assertRefused(path: string, code: string, reason: string): void {
  const error = assertThrows(() => openDatabase(path, options), DatabaseError);
  assertEquals([error.code, error.message], [code, `Cannot open ${path}: ${reason}`]);
}

Deno.test("openDatabase() opens what it has made", async () => {
  await using file = await makeDatabaseFile();
  const first = openDatabase(file.path, options);
  const generation = first.prepare("SELECT generation FROM meta").get();
  first.close();
  const second = openDatabase(file.path, { ...options, synchronous: "full" });
  assertEquals(second.prepare("SELECT generation FROM meta").get(), generation);
  assertEquals(second.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
  assertEquals(second.prepare("PRAGMA synchronous").get()?.synchronous, 2);
  second.close();
  assertEquals(file.list(), ["history.db"]);
});

Deno.test("openDatabase() refuses a file that another has", async () => {
  await using file = await makeDatabaseFile();
  const holder = openDatabase(file.path, options);
  assertRefused(file.path, "DATABASE_LOCKED", "another process uses it");
  holder.close();
  openDatabase(file.path, options).close();
});

Deno.test("openDatabase() refuses what is no database", async () => {
  await using file = await makeDatabaseFile();
  await Deno.writeTextFile(file.path, "Dear diary, ".repeat(1_000));
  assertRefused(file.path, "DATABASE_CORRUPT", "it is not a database");
});

Deno.test("openDatabase() refuses a damaged database", async () => {
  await using file = await makeDatabaseFile();
  const database = openDatabase(file.path, options);
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
  const database = openDatabase(file.path, options);
  database.exec("PRAGMA user_version = 2");
  database.close();
  const reason = "it has version 2, and this program knows 1";
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
    openDatabase(file.path, options).close();
    await Deno.chmod(file.path, 0o400);
    assertRefused(file.path, "DATABASE_UNUSABLE", "it cannot be written");
  },
});

Deno.test({
  name: "openDatabase() names the permissions that are missing",
  permissions: { read: true, write: false },
  fn() {
    const permissions = "--allow-read=history.db --allow-write=history.db";
    const reason = `it needs the permissions ${permissions}`;
    assertRefused("history.db", "DATABASE_UNUSABLE", reason);
  },
});
