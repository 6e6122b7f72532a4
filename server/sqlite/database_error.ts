/** The error of a history whose database cannot be opened. */

import { markPath } from "./writer_mark.ts";

/** Why a database cannot be opened. */
export type DatabaseErrorCode =
  /** Another process has it. */
  | "DATABASE_LOCKED"
  /** It is damaged, or no database at all. */
  | "DATABASE_CORRUPT"
  /** It belongs to another program, or to another version of this one. */
  | "DATABASE_FOREIGN"
  /** The file cannot be opened or written, or the process lacks the permission to do so. */
  | "DATABASE_UNUSABLE";

/**
 * A database cannot be opened. The message names the file and the reason; `cause` is the error of
 * SQLite, if it was one.
 *
 * @example A file of another kind
 * ```ts
 * import { DatabaseError, SqliteHistory } from "@hawser/ws/sqlite";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "Dear diary, this is no database. ".repeat(32));
 * const error = assertThrows(() => new SqliteHistory(path), DatabaseError, path);
 * assertEquals(error.code, "DATABASE_CORRUPT");
 * await Deno.remove(path);
 * ```
 */
export class DatabaseError extends Error {
  /** Tells it apart from other errors in logs. */
  override readonly name = "DatabaseError";

  /**
   * Made where a database is opened.
   *
   * @param code Why it cannot be opened.
   * @param message The same for people.
   * @param options The error of SQLite.
   */
  constructor(readonly code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Texts in errors of SQLite, and their meanings. */
const meanings: readonly (readonly [says: RegExp, code: DatabaseErrorCode, reason: string])[] = [
  [/locked|busy/, "DATABASE_LOCKED", "another process uses it"],
  [/not a database/, "DATABASE_CORRUPT", "it is not a database"],
  [/malformed|corrupt/, "DATABASE_CORRUPT", "it is damaged"],
  [/readonly|read-only/, "DATABASE_UNUSABLE", "it cannot be written"],
  [/unable to open/, "DATABASE_UNUSABLE", "the file cannot be opened"],
];

/**
 * Explains an error of SQLite.
 *
 * @param path The file.
 * @param error The thrown error.
 * @returns The error to throw instead; errors of another kind are returned unchanged.
 */
export function explain(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  if (name === "NotCapable") {
    const files = `${path},${markPath(path)}`;
    const reason = `it needs the permissions --allow-read=${files} --allow-write=${files}`;
    return new DatabaseError("DATABASE_UNUSABLE", `Cannot open ${path}: ${reason}`, {
      cause: error,
    });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const reason = `${markPath(path)} cannot be read and written`;
    return new DatabaseError("DATABASE_UNUSABLE", `Cannot open ${path}: ${reason}`, {
      cause: error,
    });
  }
  if (!("code" in error) || error.code !== "ERR_SQLITE_ERROR") return error;
  const [, code, reason] = meanings.find(([says]) => says.test(message)) ??
    [undefined, "DATABASE_UNUSABLE" as const, message];
  return new DatabaseError(code, `Cannot open ${path}: ${reason}`, { cause: error });
}
