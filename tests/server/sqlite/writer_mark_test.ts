/** The mark of the process that wrote a database last. */

import { assertEquals } from "@std/assert";
import { markPath, readMarks, writeMarks } from "../../../server/sqlite/writer_mark.ts";
import { makeDatabaseFile } from "../../support/database_file.ts";

Deno.test("readMarks() reads what writeMarks() has written", async () => {
  await using file = await makeDatabaseFile();
  assertEquals(readMarks(file.path), []);
  for (const marks of [["a"], ["a", "b"], []]) {
    writeMarks(file.path, marks);
    assertEquals(readMarks(file.path), marks);
  }
  assertEquals([markPath(file.path), file.list()], [`${file.path}-writer`, ["history.db-writer"]]);
});
