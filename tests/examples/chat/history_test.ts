/** History of the chat: how much is kept of what is written, and where. */

import { assert, assertEquals, assertRejects, fail } from "@std/assert";
import { openHistory } from "../../../examples/chat/history.ts";
import { DatabaseError, SqliteHistory } from "../../../server/sqlite/mod.ts";
import { makeDatabaseFile } from "../../support/database_file.ts";

Deno.test("openHistory() of the chat keeps messages in memory", async () => {
  assertEquals(await openHistory({ history: 7, database: undefined }, fail), { size: 7 });
});

Deno.test("openHistory() of the chat keeps messages in a file", async () => {
  await using file = await makeDatabaseFile();
  for (const seq of [1, 2]) {
    const history = await openFile(file.path);
    assertEquals((await history.append("deck", "note", "{}")).seq, seq);
    history.close();
  }
});

Deno.test("openHistory() of the chat does not go on without the file", async () => {
  await using file = await makeDatabaseFile();
  const database = `${file.path}/none`;
  const opened = openHistory({ history: 7, database }, fail);
  await assertRejects(() => opened, DatabaseError, "Cannot open");
});

Deno.test("openHistory() of the chat says where the file is not the one that was written last", async () => {
  await using file = await makeDatabaseFile();
  (await openFile(file.path)).close();
  await Deno.remove(`${file.path}-writer`);
  const lines: string[] = [];
  (await openFile(file.path, (line) => lines.push(line))).close();
  assertEquals(lines, [
    `${file.path} is not the file that was written last: all rooms begin anew.`,
  ]);
});

async function openFile(
  database: string,
  say: (line: string) => void = fail,
): Promise<SqliteHistory> {
  const history = await openHistory({ history: 7, database }, say);
  assert(history instanceof SqliteHistory);
  return history;
}
