/** The statements by which a history is written and read. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../server/sqlite/database.ts";
import { MessageStore, type Retention } from "../../../server/sqlite/message_store.ts";

interface Store extends Disposable {
  readonly store: MessageStore;
  readonly database: DatabaseSync;
  readonly time: { now: number };
}

function makeStore(retention: Partial<Retention> = {}): Store {
  const { database } = openDatabase(":memory:", { synchronous: "normal", maxFileSize: Infinity });
  const time = { now: 1_000_000 };
  const all = { size: 100, maxAge: Infinity, maxRooms: 1_000, ...retention };
  const store = new MessageStore(database, all, () => time.now);
  return { store, database, time, [Symbol.dispose]: () => database.close() };
}

function countOf({ database }: Store, table: "rooms" | "messages"): unknown {
  return database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count;
}

function note(room: string): { room: string; event: string; data: string } {
  return { room, event: "note", data: "{}" };
}

Deno.test("MessageStore keeps rooms and events apart that SQLite could take for one", () => {
  using made = makeStore();
  const { store } = made;
  const names = ["a\u0000b", "a\u0000c", "a", "\ud800", "\udfff", "\ufffd", "'", '"', "%", "A"];
  for (const room of names) assertEquals(store.append({ room, event: room, data: "{}" }).seq, 1);
  for (const room of names) {
    const { epoch } = store.current(room);
    assertEquals(store.read(room, { seq: 0, epoch }, 9).messages?.[0]?.event, room);
  }
});

Deno.test("MessageStore keeps no more than it should", () => {
  using made = makeStore({ size: 10 });
  for (let i = 0; i < 100; i++) made.store.append(note(`room ${i % 3}`));
  assertEquals(countOf(made, "messages"), 30);
});

Deno.test("MessageStore shrinks to a smaller size as messages come", () => {
  using made = makeStore({ size: 50 });
  for (let i = 0; i < 50; i++) made.store.append(note("deck"));
  const smaller = { size: 5, maxAge: Infinity, maxRooms: 10 };
  const store = new MessageStore(made.database, smaller, Date.now);
  for (let i = 0; i < 45; i++) store.append(note("deck"));
  assertEquals(countOf(made, "messages"), 5);
});

Deno.test("MessageStore.sweep() deletes what is too old, in idle rooms too", () => {
  using made = makeStore({ maxAge: 600_000 });
  const { store, time } = made;
  for (const room of ["idle", "busy"]) {
    for (let i = 0; i < 10; i++) store.append(note(room));
  }
  time.now += 500_000;
  store.append(note("busy"));
  store.sweep();
  assertEquals(countOf(made, "messages"), 21);
  time.now += 200_000;
  store.sweep();
  assertEquals(countOf(made, "messages"), 11);
  for (let i = 0; i < 10; i++) store.append(note("busy"));
  assertEquals(countOf(made, "messages"), 11);
});

Deno.test("hostile 105: MessageStore.sweep() forgets the rooms that were idle longest", () => {
  using made = makeStore({ maxRooms: 100, size: 3 });
  const { store, time } = made;
  const lost = store.append(note("lost"));
  const kept = store.append(note("kept"));
  for (let i = 0; i < 5_000; i++) {
    time.now++;
    store.append(note(`room ${i}`));
    if (i % 50 === 0) store.append(note("kept"));
    store.sweep();
  }
  const rooms = Number(countOf(made, "rooms"));
  assert(rooms <= 100 && rooms >= 90, `${rooms} rooms`);
  assert(Number(countOf(made, "messages")) <= 3 * rooms);
  assertEquals(store.current("kept"), { seq: 101, epoch: kept.epoch });
  assertEquals(store.current("lost").seq, 0);
  assertNotEquals(store.current("lost").epoch, lost.epoch);
});

Deno.test("MessageStore.rolledBack() forgets what was not committed", () => {
  using made = makeStore({ maxRooms: 1 });
  const { store, database } = made;
  const first = store.append(note("deck"));
  database.exec("BEGIN");
  store.append(note("bridge"));
  store.sweep();
  database.exec("ROLLBACK");
  store.rolledBack();
  assertEquals(store.current("deck"), first);
  const bridge = store.current("bridge");
  assertEquals(store.append(note("bridge")), { ...bridge, seq: 1 });
});
