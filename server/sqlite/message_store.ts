/** The statements by which a history is written and read. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { epochOf, newGeneration } from "../app/streams/epoch.ts";
import type { HistoryMessage, HistoryPage } from "../app/streams/history.ts";
import type { JoinFrom, Position } from "../app/streams/position.ts";

/** How much is kept. */
export interface Retention {
  readonly size: number;
  readonly maxAge: number;
  readonly maxRooms: number;
}

/** A message before it has a number. */
export interface NewMessage {
  readonly room: string;
  readonly event: string;
  readonly data: string;
}

interface Room extends Position {
  readonly id: number;
}

interface Row {
  readonly seq: number;
  readonly at: number;
  readonly event: string;
  readonly data: string;
}

/** How often rooms are looked through for messages that are too old, in milliseconds. */
const sweepInterval = 60_000;

const appendRoom = `
  INSERT INTO rooms (name, epoch, seq, used_at) VALUES (:name, :epoch, 1, :now)
  ON CONFLICT (name) DO UPDATE SET seq = seq + 1, used_at = :now
  RETURNING id, seq, epoch
`;

const appendMessage = `
  INSERT INTO messages (room, seq, at, event, data) VALUES (:room, :seq, :now, :event, :data)
`;

/** Two at the most: for each message that comes, so that it costs the same at any size. */
const trimRoom = `
  DELETE FROM messages
  WHERE room = :room AND (seq <= :last OR at < :oldest)
  AND seq IN (SELECT seq FROM messages WHERE room = :room ORDER BY seq LIMIT 2)
`;

const readMessages = `
  SELECT seq, at, event, data FROM messages WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?
`;

const leastUsed = "SELECT id FROM rooms ORDER BY used_at, id LIMIT ?";

/** Reads and writes an open database. Methods that write belong into a transaction. */
export class MessageStore {
  readonly #retention: Retention;
  readonly #now: () => number;
  readonly #statements: Readonly<Record<keyof typeof texts, StatementSync>>;
  #generation: string;
  #rooms: number;
  #sweptAt = -Infinity;

  constructor(database: DatabaseSync, retention: Retention, now: () => number) {
    this.#retention = retention;
    this.#now = now;
    this.#statements = prepareAll(database);
    ({ generation: this.#generation, rooms: this.#rooms } = this.#state());
  }

  /** Writes a message. */
  append({ room, event, data }: NewMessage): Position {
    const now = this.#now();
    const { appendRoom, appendMessage, trimRoom } = this.#statements;
    const { size, maxAge } = this.#retention;
    const name = JSON.stringify(room);
    const epoch = epochOf(this.#generation, room);
    // The cast: the statement returns just these.
    const stored = appendRoom.get({ name, epoch, now }) as unknown as Room;
    const { id, seq } = stored;
    if (seq === 1) this.#rooms++;
    if (size > 0) appendMessage.run({ room: id, seq, now, event: JSON.stringify(event), data });
    trimRoom.run({ room: id, last: seq - size, oldest: now - maxAge });
    return { seq, epoch: stored.epoch };
  }

  /** Forgets idle rooms where there are too many, and now and then messages that are too old. */
  sweep(): void {
    const { maxRooms, maxAge } = this.#retention;
    // Some more than necessary, so as not to look for them again with every new room.
    const kept = Math.max(1, Math.floor(maxRooms * 0.9));
    if (this.#rooms > maxRooms) this.#forget(this.#rooms - kept);
    const now = this.#now();
    if (maxAge === Infinity || now - this.#sweptAt < sweepInterval) return;
    this.#sweptAt = now;
    this.#statements.deleteIdle.run(now - maxAge);
  }

  #forget(count: number): void {
    const { deleteMessages, deleteRooms, setGeneration } = this.#statements;
    deleteMessages.run(count);
    deleteRooms.run(count);
    // A client that knows a position in one of these rooms must not find it again.
    this.#generation = newGeneration();
    setGeneration.run(this.#generation);
    this.#rooms -= count;
  }

  /** A transaction was rolled back. */
  rolledBack(): void {
    ({ generation: this.#generation, rooms: this.#rooms } = this.#state());
    this.#sweptAt = -Infinity;
  }

  /** Reads what follows a position, or the newest messages. */
  read(name: string, since: JoinFrom, limit: number): HistoryPage {
    const room = this.#room(name);
    const { seq, epoch } = room;
    const position = { seq, epoch };
    if ("last" in since) {
      const messages = this.#readNewest(room, Math.max(0, seq - since.last), limit);
      return { position, messages };
    }
    const mayFollow = since.epoch === epoch && Number.isInteger(since.seq) && since.seq >= 0 &&
      since.seq <= seq;
    if (!mayFollow) return { position, messages: undefined };
    if (since.seq === seq) return { position, messages: [] };
    // The cast: the statement returns just these.
    const rows = this.#statements.readMessages
      .all(room.id, since.seq, limit) as unknown as Row[];
    const [first] = rows;
    const isComplete = first?.seq === since.seq + 1 &&
      first.at >= this.#now() - this.#retention.maxAge;
    return { position, messages: isComplete ? rows.map(toMessage) : undefined };
  }

  /** Reads what follows a number and is young enough: those that are too old come first. */
  #readNewest({ id, seq }: Room, after: number, limit: number): HistoryMessage[] {
    const oldest = this.#now() - this.#retention.maxAge;
    for (let since = after; since < seq;) {
      // The cast: the statement returns just these.
      const rows = this.#statements.readMessages.all(id, since, limit) as unknown as Row[];
      const young = rows.filter(({ at }) => at >= oldest);
      const last = rows.at(-1);
      if (young.length > 0 || last === undefined) return young.map(toMessage);
      since = last.seq;
    }
    return [];
  }

  /** Tells where a room's stream stands. */
  current(name: string): Position {
    const { seq, epoch } = this.#room(name);
    return { seq, epoch };
  }

  #room(name: string): Room {
    const room = this.#statements.findRoom.get(JSON.stringify(name));
    // The cast: the statement returns just these.
    if (room !== undefined) return room as unknown as Room;
    return { id: 0, seq: 0, epoch: epochOf(this.#generation, name) };
  }

  #state(): { generation: string; rooms: number } {
    // The cast: the statement returns just these, from a table that has one row.
    return this.#statements.state.get() as unknown as { generation: string; rooms: number };
  }
}

const texts = {
  appendRoom,
  appendMessage,
  trimRoom,
  readMessages,
  findRoom: "SELECT id, seq, epoch FROM rooms WHERE name = ?",
  deleteIdle: "DELETE FROM messages WHERE room IN (SELECT id FROM rooms WHERE used_at < ?)",
  deleteMessages: `DELETE FROM messages WHERE room IN (${leastUsed})`,
  deleteRooms: `DELETE FROM rooms WHERE id IN (${leastUsed})`,
  setGeneration: "UPDATE meta SET generation = ?",
  state: "SELECT generation, (SELECT count(*) FROM rooms) AS rooms FROM meta",
};

function prepareAll(database: DatabaseSync): Record<keyof typeof texts, StatementSync> {
  const entries = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]);
  // The cast: the keys are those of `texts`.
  return Object.fromEntries(entries) as Record<keyof typeof texts, StatementSync>;
}

function toMessage({ seq, event, data }: Row): HistoryMessage {
  return { seq, event: JSON.parse(event), data };
}
