/** The contract of a History; run for each implementation. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { History, HistoryPage } from "../../server/app/streams/history.ts";
import type { Position } from "../../wire/position.ts";

/** How much the history under test is to keep. */
export interface ContractBounds {
  size?: number;
  maxAge?: number;
}

/** Makes an empty history that goes by the clock it is given. */
export type MakeHistory = (
  bounds: ContractBounds,
  now: () => number,
) => { readonly history: History } & AsyncDisposable;

const limit = 1_000;

/** Registers the tests of the contract for one implementation. */
export function historyContract(name: string, make: MakeHistory): void {
  /** Runs a test with a history of its own, and a time that it can change. */
  function test(
    behaviour: string,
    bounds: ContractBounds,
    run: (history: History, time: { now: number }) => Promise<void>,
  ): void {
    const [, hostile = "", rest] = /^(hostile \d+: )?(.*)$/.exec(behaviour) ?? [];
    Deno.test(`${hostile}${name} ${rest}`, async () => {
      const time = { now: 1_000_000 };
      await using made = make(bounds, () => time.now);
      await run(made.history, time);
    });
  }

  test("numbers each room from 1 on, in the order of the calls", {}, async (history) => {
    const start = await history.current("deck");
    assertEquals(start.seq, 0);
    const positions = await Promise.all(
      Array.from({ length: 50 }, (_, i) => history.append("deck", "note", `{"i":${i}}`)),
    );
    assertEquals(positions.map(({ seq }) => seq), Array.from({ length: 50 }, (_, i) => i + 1));
    assert(positions.every(({ epoch }) => epoch === start.epoch));
    assertEquals((await history.append("bridge", "note", "{}")).seq, 1);
    const page = await history.read("deck", start, limit);
    assertEquals(page.messages?.map(({ data }) => data), positions.map((_, i) => `{"i":${i}}`));
  });

  test("gives back what was appended", {}, async (history) => {
    const since = await history.current("déck 🚢");
    const data = JSON.stringify({ text: 'a\u0000\n"é🚢', __proto__: 1, list: [1, null] });
    const position = await history.append("déck 🚢", "chat:message", data);
    const page = await history.read("déck 🚢", since, limit);
    assertEquals(page.position, position);
    assertEquals(fieldsOf(page), [{ seq: 1, event: "chat:message", data }]);
  });

  test("keeps data as the text that it is given, JSON or not", {}, async (history) => {
    const since = await history.current("deck");
    const texts = ["", "args[1,2]", "null", "9", '"\\ud800"'];
    for (const text of texts) await history.append("deck", "note", text);
    const page = await history.read("deck", since, limit);
    assertEquals(page.messages?.map(({ data }) => data), texts);
  });

  test("reads an append that was called before, awaited or not", {}, async (history) => {
    const since = await history.current("deck");
    const appended = history.append("deck", "note", "{}");
    const page = await history.read("deck", since, limit);
    const second = history.append("deck", "note", "{}");
    const current = await history.current("deck");
    assertEquals([page.position, seqsOf(page)], [await appended, [1]]);
    assertEquals(current, await second);
  });

  test("reads pages that go on where the last one ended", {}, async (history) => {
    let since = await history.current("deck");
    await fill(history, "deck", 10);
    const pages: (number[] | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      const page = await history.read("deck", since, 4);
      assertEquals(page.position.seq, 10);
      pages.push(seqsOf(page));
      since = { ...since, seq: since.seq + (page.messages?.length ?? 0) };
    }
    assertEquals(pages, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], []]);
  });

  test("does not tell a part of what has followed", { size: 5 }, async (history) => {
    const { epoch } = await fill(history, "deck", 12);
    assertEquals(seqsOf(await history.read("deck", { seq: 7, epoch }, limit)), [8, 9, 10, 11, 12]);
    for (const seq of [0, 1, 6]) {
      const page = await history.read("deck", { seq, epoch }, limit);
      assertEquals([page.messages, page.position], [undefined, { seq: 12, epoch }]);
    }
  });

  test("forgets what is too old", { maxAge: 1_000 }, async (history, time) => {
    const { epoch } = await fill(history, "deck", 2);
    time.now += 600;
    await fill(history, "deck", 1);
    time.now += 600;
    assertEquals(seqsOf(await history.read("deck", { seq: 1, epoch }, limit)), undefined);
    assertEquals(seqsOf(await history.read("deck", { seq: 2, epoch }, limit)), [3]);
    time.now += 600;
    assertEquals(seqsOf(await history.read("deck", { seq: 2, epoch }, limit)), undefined);
    assertEquals(seqsOf(await history.read("deck", { seq: 3, epoch }, limit)), []);
    assertEquals(await history.append("deck", "note", "{}"), { seq: 4, epoch });
  });

  test("numbers on where nothing is kept", { size: 0 }, async (history) => {
    const { epoch } = await fill(history, "deck", 3);
    assertEquals(await history.current("deck"), { seq: 3, epoch });
    assertEquals(seqsOf(await history.read("deck", { seq: 3, epoch }, limit)), []);
    assertEquals(seqsOf(await history.read("deck", { seq: 2, epoch }, limit)), undefined);
  });

  test("hostile 108: answers positions that cannot be by nothing", {}, async (history) => {
    const { epoch } = await fill(history, "deck", 5);
    const elsewhere = await fill(history, "bridge", 5);
    const forged: Position[] = [
      { seq: -1, epoch },
      { seq: 6, epoch },
      { seq: 1e9, epoch },
      { seq: Number.MAX_SAFE_INTEGER, epoch },
      { seq: 2 ** 63, epoch },
      { seq: -(2 ** 63), epoch },
      { seq: 2.5, epoch },
      { seq: NaN, epoch },
      { seq: Infinity, epoch },
      { seq: 3, epoch: "" },
      { seq: 3, epoch: `${epoch} ` },
      { seq: 3, epoch: "' OR 1=1 --" },
      { seq: 3, epoch: "x".repeat(100_000) },
      elsewhere,
      await history.current("nowhere"),
    ];
    for (const since of forged) {
      const page = await history.read("deck", since, limit);
      assertEquals([page.messages, page.position], [undefined, { seq: 5, epoch }]);
    }
    const page = await history.read("nowhere", { seq: 5, epoch }, limit);
    assertEquals([page.messages, page.position.seq], [undefined, 0]);
  });

  test("gives each room an epoch of its own", {}, async (history) => {
    const rooms = [
      "a",
      "b",
      "ab",
      "ba",
      "a\nb",
      "a:b",
      "__proto__",
      "constructor",
      "A",
      "a\u0000",
      "\ud800",
    ];
    const epochs = await Promise.all(
      rooms.map(async (room) => (await history.current(room)).epoch),
    );
    assertEquals(new Set(epochs).size, rooms.length);
    for (const epoch of epochs) assertMatch(epoch, /^[\w.~-]{1,64}$/);
    const positions = await Promise.all(rooms.map((room) => history.append(room, "note", "{}")));
    assertEquals(positions.map(({ epoch }) => epoch), epochs);
    assertEquals(positions.map(({ seq }) => seq), rooms.map(() => 1));
  });

  test("never has two epochs alike, over histories", {}, async (history) => {
    await using other = make({}, () => 0);
    const [one, two] = [await history.current("deck"), await other.history.current("deck")];
    assertNotEquals(one.epoch, two.epoch);
  });

  test("hostile 105: keeps nothing of rooms that are only asked about", {}, async (history) => {
    const { epoch } = await history.current("room 1");
    for (let i = 0; i < 20_000; i++) await history.current(`room ${i}`);
    for (let i = 0; i < 2_000; i++) await history.read(`room ${i}`, { seq: 0, epoch }, limit);
    assertEquals(await history.current("room 1"), { seq: 0, epoch });
  });

  test("reads without holes whatever was appended", { size: 7 }, async (history) => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(20),
        fc.integer({ min: -2, max: 25 }),
        fc.integer({ min: 1, max: 9 }),
        async (
          count,
          seq,
          limit,
        ) => {
          const room = `room ${runs++}`;
          const { epoch } = await fill(history, room, count);
          const page = await history.read(room, { seq, epoch }, limit);
          const first = Math.max(0, count - 7);
          const expected = seq < first || seq > count
            ? undefined
            : Array.from({ length: Math.min(limit, count - seq) }, (_, i) => seq + 1 + i);
          assertEquals(seqsOf(page), expected);
        },
      ),
      { numRuns: 50 },
    );
  });
}

/** Appends messages; returns the last position. */
export async function fill(history: History, room: string, count: number): Promise<Position> {
  const data = '{"text":"hello"}';
  await Promise.all(Array.from({ length: count }, () => history.append(room, "note", data)));
  return history.current(room);
}

/** The numbers of a page's messages. */
export function seqsOf(page: HistoryPage): number[] | undefined {
  return page.messages?.map(({ seq }) => seq);
}

function fieldsOf(page: HistoryPage): unknown {
  return page.messages?.map(({ seq, event, data }) => ({ seq, event, data }));
}
