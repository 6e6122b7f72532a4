/** History in memory: a few messages for each of the rooms that were busy last. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { MemoryHistory } from "../../../../server/app/streams/memory_history.ts";
import { fill, historyContract, seqsOf } from "../../../support/history_contract.ts";

historyContract("MemoryHistory", (bounds, now) => ({
  history: new MemoryHistory(bounds, { now }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));

Deno.test("hostile 105: MemoryHistory forgets the rooms that were idle longest", async () => {
  const history = new MemoryHistory({ maxRooms: 1_000 });
  const lost = await fill(history, "lost", 3);
  const kept = await fill(history, "kept", 3);
  for (let i = 0; i < 100_000; i++) {
    await history.append(`room ${i}`, "note", "{}");
    if (i % 500 === 0) await history.append("kept", "note", "{}");
  }
  assertEquals(history.rooms, 1_000);
  assertEquals(await history.current("kept"), { seq: 203, epoch: kept.epoch });
  const current = await history.current("lost");
  assertEquals(current.seq, 0);
  assertNotEquals(current.epoch, lost.epoch);
  assertEquals(seqsOf(await history.read("lost", lost, 10)), undefined);
});

Deno.test("MemoryHistory begins a forgotten room under an epoch that it never had", async () => {
  const history = new MemoryHistory({ maxRooms: 1 });
  const epochs = new Set<string>();
  for (let i = 0; i < 100; i++) {
    epochs.add((await history.append("deck", "note", "{}")).epoch);
    await history.append("bridge", "note", "{}");
  }
  assertEquals([epochs.size, history.rooms], [100, 1]);
});

Deno.test("MemoryHistory does not forget rooms that are in use", async () => {
  const history = new MemoryHistory({ maxRooms: 10 }, { isInUse: (room) => room < "f" });
  const rooms = [..."abcdefghijklmnopqrstuvwxyz"];
  const positions = [];
  for (const room of rooms) positions.push(await history.append(room, "note", "{}"));
  for (let i = 0; i < 100; i++) await history.append(`z${i}`, "note", "{}");
  assertEquals(history.rooms, 10);
  for (const [i, room] of [..."abcde"].entries()) {
    assertEquals(await history.current(room), positions[i]);
  }
});

Deno.test("MemoryHistory holds on to rooms in use where there are more than its bound", async () => {
  const history = new MemoryHistory({ maxRooms: 2 }, { isInUse: () => true });
  for (let i = 0; i < 100; i++) await history.append(`room ${i}`, "note", "{}");
  assertEquals(history.rooms, 100);
  assertEquals((await history.append("room 0", "note", "{}")).seq, 2);
});

Deno.test("MemoryHistory gives up the messages of idle rooms for bytes", async () => {
  const history = new MemoryHistory({ maxBytes: 100_000, size: 1_000 });
  const idle = await fill(history, "idle", 100);
  const data = JSON.stringify({ text: "x".repeat(1_000) });
  for (let i = 0; i < 200; i++) await history.append("busy", "note", data);
  assert(history.bytes <= 100_000 && history.bytes > 90_000, `${history.bytes} bytes`);
  assertEquals(seqsOf(await history.read("idle", { ...idle, seq: 0 }, 10)), undefined);
  const busy = await history.current("busy");
  assertEquals(seqsOf(await history.read("busy", { ...busy, seq: 190 }, 10))?.length, 10);
  assertEquals(busy.seq, 200);
});

Deno.test("MemoryHistory numbers a message that is larger than its bound", async () => {
  const history = new MemoryHistory({ maxBytes: 1_000 });
  const { epoch } = await fill(history, "deck", 2);
  const position = await history.append("deck", "note", `{"text":"${"x".repeat(5_000)}"}`);
  assertEquals([position, history.bytes], [{ seq: 3, epoch }, 0]);
  assertEquals(await history.current("deck"), position);
  assertEquals(seqsOf(await history.read("deck", { seq: 2, epoch }, 10)), undefined);
});

Deno.test("MemoryHistory accounts for each byte that it gives up", async () => {
  const time = { now: 0 };
  const history = new MemoryHistory({ size: 3, maxAge: 10, maxRooms: 5 }, { now: () => time.now });
  for (let i = 0; i < 200; i++) {
    time.now += i % 7;
    await fill(history, `room ${i % 9}`, i % 5);
  }
  time.now += 100;
  for (let i = 0; i < 9; i++) {
    await history.read(`room ${i}`, await history.current(`room ${i}`), 1);
  }
  assertEquals(history.bytes, 0);
});

Deno.test("MemoryHistory refuses bounds that are none", () => {
  const bounds = [{ size: -1 }, { size: 1.5 }, { maxAge: 0 }, { maxRooms: 0 }, { maxBytes: NaN }];
  for (const options of bounds) {
    assertThrows(() => new MemoryHistory(options), RangeError, "Cannot use history.");
  }
});
