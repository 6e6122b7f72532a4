/** Errors where the database of a history cannot be opened. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { DatabaseError, explain } from "../../../server/sqlite/database_error.ts";

function sqliteError(message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR" });
}

Deno.test("explain() names the file and the reason", () => {
  const expected: [says: string, code: string, reason: string][] = [
    ["database is locked", "DATABASE_LOCKED", "another process uses it"],
    ["file is not a database", "DATABASE_CORRUPT", "it is not a database"],
    ["database disk image is malformed", "DATABASE_CORRUPT", "it is damaged"],
    ["attempt to write a readonly database", "DATABASE_UNUSABLE", "it cannot be written"],
    ["unable to open database file: x", "DATABASE_UNUSABLE", "the file cannot be opened"],
    ["database or disk is full", "DATABASE_UNUSABLE", "database or disk is full"],
  ];
  for (const [says, code, reason] of expected) {
    const cause = sqliteError(says);
    const error = explain("a.db", cause);
    assert(error instanceof DatabaseError);
    assertEquals([error.code, error.message], [code, `Cannot open a.db: ${reason}`]);
    assertStrictEquals(error.cause, cause);
  }
});

Deno.test("explain() leaves other errors as they are", () => {
  const errors = [new TypeError("no"), new DatabaseError("DATABASE_FOREIGN", "no"), 5];
  for (const error of errors) assertStrictEquals(explain("a.db", error), error);
});
