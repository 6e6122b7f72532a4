/** History of the chat: how much is kept of what is written, and where. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { openHistory } from "../../../examples/chat/history.ts";
import { DatabaseError, SqliteHistory } from "../../../server/sqlite/mod.ts";
import { makeDatabaseFile } from "../../support/database_file.ts";

Deno.test("openHistory() of the chat keeps messages in memory", () => {
  const { history, close } = openHistory({ history: 7, database: undefined });
  assertEquals(history, { size: 7 });
  close();
});

Deno.test("openHistory() of the chat keeps messages in a file", async () => {
  await using file = await makeDatabaseFile();
  for (const seq of [1, 2]) {
    const { history, close } = openHistory({ history: 7, database: file.path });
    assert(history instanceof SqliteHistory);
    assertEquals((await history.append("deck", "note", "{}")).seq, seq);
    close();
  }
});

Deno.test("openHistory() of the chat does not go on without the file", async () => {
  await using file = await makeDatabaseFile();
  const database = `${file.path}/none`;
  assertThrows(() => openHistory({ history: 7, database }), DatabaseError, "Cannot open");
});
