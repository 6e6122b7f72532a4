/** Opens the database file of a history: takes it, checks it, and makes its tables. */

import { DatabaseSync } from "node:sqlite";
import { epochOf, newGeneration } from "../app/streams/epoch.ts";
import { DatabaseError, explain } from "./database_error.ts";
import { readMarks, writeMarks } from "./writer_mark.ts";

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
const schemaVersion = 2;

/** How long a process that is about to end may still keep the file, in milliseconds. */
const lockTimeout = 1_000;

/** Bytes of a page: SQLite's default. */
const pageSize = 4_096;

/** Pages of a file: SQLite's own bound. */
const maxPages = 0xfffffffe;

/** Names and events are JSON text, as SQLite's own text cannot hold every string of ours. */
const schema = `
  CREATE TABLE meta (generation TEXT NOT NULL, writer TEXT) STRICT;
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

/** Files of this version do not tell their last writer. */
const fromVersion1 = `
  ALTER TABLE meta ADD COLUMN writer TEXT;
  PRAGMA user_version = 2;
`;

const identity = `
  SELECT
    (SELECT application_id FROM pragma_application_id) AS id,
    (SELECT user_version FROM pragma_user_version) AS version,
    (SELECT count(*) FROM sqlite_schema) AS tables
`;

/** A database that belongs to this process. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** Whether the file was another than the one that was written last; its epochs are new then. */
  readonly isReplaced: boolean;
}

/**
 * Opens a database, or makes one. It belongs to this process until it is closed.
 *
 * @throws {DatabaseError} It cannot be used.
 */
export function openDatabase(path: string, options: DatabaseOptions): OpenDatabase {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: lockTimeout });
    return { database, isReplaced: prepare(database, path, options) };
  } catch (error) {
    database?.close();
    throw explain(path, error);
  }
}

function prepare(database: DatabaseSync, path: string, options: DatabaseOptions): boolean {
  // Nobody else may number messages. It also saves a file of shared memory.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const version = readVersion(database, path);
  const isNew = version === 0;
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(`PRAGMA synchronous = ${options.synchronous}`);
  const pages = Math.min(maxPages, Math.ceil(options.maxFileSize / pageSize));
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const { quick_check: finding } = database.prepare("PRAGMA quick_check(1)").get() ?? {};
  if (finding !== "ok") {
    throw new DatabaseError("DATABASE_CORRUPT", `Cannot open ${path}: it is damaged (${finding})`);
  }
  // Shows whether the file can be written.
  database.exec("BEGIN IMMEDIATE");
  if (isNew) makeTables(database);
  else if (version === 1) database.exec(fromVersion1);
  database.exec("COMMIT");
  const isOnDisk = database.location() !== null;
  return isOnDisk && takeOver(database, path, isNew);
}

function makeTables(database: DatabaseSync): void {
  database.exec(schema);
  database.prepare("INSERT INTO meta (generation) VALUES (?)").run(newGeneration());
}

/**
 * Puts our mark into the file and beside it.
 *
 * @returns `true` where the file is not the one that was written last: its epochs are new then, as
 * its numbers may have been given before to other messages.
 */
function takeOver(database: DatabaseSync, path: string, isNew: boolean): boolean {
  const known = readMarks(path);
  // The cast: the statement returns just this.
  const { writer } = database.prepare("SELECT writer FROM meta").get() as { writer: string | null };
  const fits = isNew || (writer === null ? known.length === 0 : known.includes(writer));
  const mark = crypto.randomUUID();
  // An end between these writes must neither lose positions nor let a file pass that does not fit.
  writeMarks(path, fits && writer !== null ? [writer, mark] : [mark]);
  database.exec("BEGIN IMMEDIATE");
  if (!fits) renewEpochs(database);
  database.prepare("UPDATE meta SET writer = ?").run(mark);
  database.exec("COMMIT");
  writeMarks(path, [mark]);
  return !fits;
}

/** No position that anybody knows is found again. */
function renewEpochs(database: DatabaseSync): void {
  const generation = newGeneration();
  database.prepare("UPDATE meta SET generation = ?").run(generation);
  const setEpoch = database.prepare("UPDATE rooms SET epoch = ? WHERE id = ?");
  for (const { id, name } of database.prepare("SELECT id, name FROM rooms").all()) {
    // The casts: the columns have these types.
    setEpoch.run(epochOf(generation, JSON.parse(name as string)), id as number);
  }
}

/** Returns the version of the tables, 0 for a database without anything in it. */
function readVersion(database: DatabaseSync, path: string): number {
  const { id, version, tables } = database.prepare(identity).get() ?? {};
  if (tables === 0 && id === 0) return 0;
  if (id !== applicationId) {
    throw new DatabaseError("DATABASE_FOREIGN", `Cannot open ${path}: it is not ours`);
  }
  if (typeof version === "number" && version >= 1 && version <= schemaVersion) return version;
  const reason = `it has version ${version}, and this program knows ${schemaVersion}`;
  throw new DatabaseError("DATABASE_FOREIGN", `Cannot open ${path}: ${reason}`);
}
