/** Opens the database file of a history: takes it, checks it, and makes its tables. */

import { DatabaseSync } from "node:sqlite";
import { newGeneration } from "../app/epoch.ts";
import { DatabaseError, explain } from "./database_error.ts";

/** How a database is opened. */
export interface DatabaseOptions {
  /** When a commit counts as stored; see `SqliteHistoryOptions`. */
  readonly synchronous: "full" | "normal";
  /** Bytes of the file. */
  readonly maxFileSize: number;
}

/** "Haws": marks the file as ours. */
const applicationId = 0x48617773;

/** Rises when the tables change; what was written by an older version must then be converted. */
const schemaVersion = 1;

/** How long a process that is about to end may still keep the file, in milliseconds. */
const lockTimeout = 1_000;

/** Bytes of a page: SQLite's default. */
const pageSize = 4_096;

/** Pages of a file: SQLite's own bound. */
const maxPages = 0xfffffffe;

/** Names and events are JSON text, as SQLite's own text cannot hold every string of ours. */
const schema = `
  CREATE TABLE meta (generation TEXT NOT NULL) STRICT;
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

const identity = `
  SELECT
    (SELECT application_id FROM pragma_application_id) AS id,
    (SELECT user_version FROM pragma_user_version) AS version,
    (SELECT count(*) FROM sqlite_schema) AS tables
`;

/**
 * Opens a database, or makes one. It belongs to this process until it is closed.
 *
 * @throws {DatabaseError} It cannot be used.
 */
export function openDatabase(path: string, options: DatabaseOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: lockTimeout });
    prepare(database, path, options);
    return database;
  } catch (error) {
    database?.close();
    throw explain(path, error);
  }
}

function prepare(database: DatabaseSync, path: string, options: DatabaseOptions): void {
  // Nobody else may number messages. It also saves a file of shared memory.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const isNew = checkIdentity(database, path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(`PRAGMA synchronous = ${options.synchronous}`);
  const pages = Math.min(maxPages, Math.ceil(options.maxFileSize / pageSize));
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const { quick_check: finding } = database.prepare("PRAGMA quick_check(1)").get() ?? {};
  if (finding !== "ok") {
    throw new DatabaseError("DATABASE_CORRUPT", `Cannot open ${path}: it is damaged (${finding})`);
  }
  database.exec("BEGIN IMMEDIATE");
  if (isNew) {
    database.exec(schema);
    database.prepare("INSERT INTO meta (generation) VALUES (?)").run(newGeneration());
  }
  // Shows whether the file can be written.
  database.exec("UPDATE meta SET generation = generation");
  database.exec("COMMIT");
}

/** Returns `true` for a database without anything in it. */
function checkIdentity(database: DatabaseSync, path: string): boolean {
  const { id, version, tables } = database.prepare(identity).get() ?? {};
  if (tables === 0 && id === 0) return true;
  if (id !== applicationId) {
    throw new DatabaseError("DATABASE_FOREIGN", `Cannot open ${path}: it is not ours`);
  }
  if (version !== schemaVersion) {
    const reason = `it has version ${version}, and this program knows ${schemaVersion}`;
    throw new DatabaseError("DATABASE_FOREIGN", `Cannot open ${path}: ${reason}`);
  }
  return false;
}
