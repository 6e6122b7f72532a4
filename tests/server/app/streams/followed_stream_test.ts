/** One room's stream as this node follows it: by number, whatever way the messages come. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FollowedStream } from "../../../../server/app/streams/followed_stream.ts";
import type { HistoryPage } from "../../../../server/app/streams/history.ts";
import { MemoryHistory } from "../../../../server/app/streams/memory_history.ts";
import type { Position } from "../../../../server/app/streams/position.ts";

/** A stream over a history, and what becomes of it. */
class Setting {
  history: MemoryHistory;
  readonly counts = { holes: 0, doubles: 0, resets: 0 };
  /** Numbers that were handed out, and resets as "e1:5", where e1 is the second epoch. */
  readonly got: (number | string)[] = [];
  readonly errors: unknown[] = [];
  readonly epochs: string[] = [];
  readonly stream: FollowedStream;
  reads = 0;
  read: (since: Position, limit: number) => Promise<HistoryPage>;
  current: () => Promise<Position>;

  constructor(size = 1_000) {
    this.history = new MemoryHistory({ size });
    this.read = (since, limit) => this.history.read("deck", since, limit);
    this.current = () => this.history.current("deck");
    this.stream = new FollowedStream("deck", {
      counts: this.counts,
      follow: () => Promise.resolve(),
      current: () => this.current(),
      read: (_room, since, limit) => (this.reads++, this.read(since, limit)),
      handOut: (_room, { seq }, { data }) => {
        assertEquals(data, `"${seq}"`);
        this.got.push(seq);
      },
      reset: (_room, { seq, epoch }) => this.got.push(`${this.nameOf(epoch)}:${seq}`),
      failed: (_room, error) => this.errors.push(error),
    });
  }

  nameOf(epoch: string): string {
    if (!this.epochs.includes(epoch)) this.epochs.push(epoch);
    return `e${this.epochs.indexOf(epoch)}`;
  }

  async open(): Promise<void> {
    await this.stream.open();
    this.nameOf(this.stream.position!.epoch);
  }

  /** Stores messages, and returns what tells the stream of each. */
  async publish(count: number): Promise<(() => void)[]> {
    const deliveries = [];
    for (let i = 0; i < count; i++) {
      const { seq } = await this.history.current("deck");
      const data = `"${seq + 1}"`;
      const position = await this.history.append("deck", "note", data);
      deliveries.push(() => this.stream.published(position, { event: "note", data }));
    }
    return deliveries;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await undefined;
}

Deno.test("FollowedStream hands out what follows, at once", async () => {
  const setting = new Setting();
  await setting.publish(3);
  await setting.open();
  assertEquals(setting.stream.position?.seq, 3);
  for (const deliver of await setting.publish(3)) deliver();
  assertEquals([setting.got, setting.reads, setting.counts.holes], [[4, 5, 6], 0, 0]);
});

Deno.test("FollowedStream.emptyEpoch is known while there are no messages", async () => {
  const setting = new Setting();
  assertEquals(setting.stream.emptyEpoch, undefined);
  const opening = setting.stream.open();
  assertEquals(setting.stream.emptyEpoch, undefined);
  await opening;
  assertEquals(setting.stream.emptyEpoch, setting.stream.position?.epoch);
  for (const deliver of await setting.publish(1)) deliver();
  assertEquals(setting.stream.emptyEpoch, undefined);
  setting.stream.close();
  assertEquals(setting.stream.emptyEpoch, undefined);
});

Deno.test("FollowedStream hands out what has come while it was opened", async () => {
  const setting = new Setting();
  const old = await setting.publish(2);
  const opening = setting.stream.open();
  for (const deliver of old) deliver();
  const fresh = await setting.publish(1);
  fresh[0]!();
  await opening;
  await settle();
  assertEquals(setting.got.filter((each) => each === 3 || each === 1), [3]);
});

Deno.test("hostile 262: FollowedStream drops doubles", async () => {
  const setting = new Setting();
  await setting.open();
  const deliveries = await setting.publish(3);
  for (const deliver of [...deliveries, ...deliveries, deliveries[1]!]) deliver();
  assertEquals([setting.got, setting.counts.doubles, setting.reads], [[1, 2, 3], 4, 0]);
});

Deno.test("hostile 263: FollowedStream reads a hole, and what comes meanwhile waits", async () => {
  const setting = new Setting();
  await setting.open();
  const [one, _two, three, four] = await setting.publish(4);
  one!();
  three!();
  four!();
  assertEquals(setting.got, [1]);
  await settle();
  assertEquals([setting.got, setting.counts], [[1, 2, 3, 4], { holes: 1, doubles: 0, resets: 0 }]);
  for (const deliver of await setting.publish(1)) deliver();
  assertEquals(setting.got.at(-1), 5);
});

Deno.test("FollowedStream reads a long hole in pages", async () => {
  const setting = new Setting();
  await setting.open();
  (await setting.publish(555)).at(-1)!();
  await settle();
  assertEquals(setting.got, Array.from({ length: 555 }, (_, i) => i + 1));
  assertEquals(setting.reads, 6);
});

Deno.test("hostile 264: FollowedStream begins anew after a hole that cannot be read", async () => {
  const setting = new Setting(0); // keeps nothing
  await setting.open();
  const [one, , three, four, five] = await setting.publish(5);
  for (const deliver of [one, three, four]) deliver!();
  await settle();
  assertEquals(setting.got, [1, "e0:2", 3, 4]);
  five!();
  assertEquals([setting.got.at(-1), setting.counts.resets], [5, 1]);
});

Deno.test("FollowedStream needs no reset for messages that only changed places", async () => {
  const setting = new Setting(0);
  await setting.open();
  const deliveries = await setting.publish(6);
  for (const i of [1, 0, 2, 5, 4, 3]) deliveries[i]!();
  await settle();
  assertEquals(setting.got, [1, 2, 3, 4, 5, 6]);
});

Deno.test("FollowedStream begins anew where reading a hole fails, and says so", async () => {
  const setting = new Setting();
  await setting.open();
  const failure = new Error("Disk is broken");
  setting.read = () => Promise.reject(failure);
  const [, two] = await setting.publish(2);
  two!();
  await settle();
  assertEquals([setting.got, setting.errors], [["e0:1", 2], [failure]]);
});

Deno.test("hostile 264: FollowedStream begins anew with another epoch", async () => {
  const setting = new Setting();
  await setting.open();
  for (const deliver of await setting.publish(3)) deliver();
  setting.history = new MemoryHistory();
  for (const deliver of await setting.publish(2)) deliver();
  await settle();
  assertEquals(setting.got, [1, 2, 3, "e1:0", 1, 2]);
});

Deno.test("hostile 265: FollowedStream drops a late message of an old epoch", async () => {
  const setting = new Setting();
  const [late] = await setting.publish(1);
  setting.history = new MemoryHistory();
  await setting.open();
  late!();
  await settle();
  for (const deliver of await setting.publish(1)) deliver();
  await settle();
  assertEquals(setting.got, [1]);
});

Deno.test("FollowedStream begins with what comes where it cannot be opened", async () => {
  const setting = new Setting();
  setting.current = () => Promise.reject(new Error("Broker is down"));
  await assertRejects(() => setting.stream.open(), Error, "down");
  assertEquals(setting.stream.position, undefined);
  const deliveries = await setting.publish(3);
  for (const deliver of deliveries.slice(1)) deliver();
  await settle();
  assertEquals(setting.got, ["e0:1", 2, 3]);
});

Deno.test("FollowedStream.stands() reads what has not come", async () => {
  const setting = new Setting();
  await setting.open();
  await setting.publish(3);
  setting.stream.stands(await setting.current());
  await settle();
  setting.stream.stands(await setting.current());
  await settle();
  assertEquals([setting.got, setting.reads], [[1, 2, 3], 1]);
});

Deno.test("FollowedStream.stands() begins anew where the stream was lost", async () => {
  const setting = new Setting();
  await setting.open();
  for (const deliver of await setting.publish(2)) deliver();
  setting.history = new MemoryHistory();
  setting.stream.stands(await setting.current());
  await settle();
  assertEquals(setting.got, [1, 2, "e1:0"]);
});

Deno.test("FollowedStream.reach() resolves when all was handed out that there is", async () => {
  const setting = new Setting();
  await setting.open();
  await setting.publish(250);
  await setting.stream.reach();
  assertEquals([setting.got.length, setting.stream.position?.seq], [250, 250]);
});

Deno.test("FollowedStream.close() hands out nothing any more", async () => {
  const setting = new Setting();
  await setting.open();
  const [one, , three] = await setting.publish(3);
  one!();
  three!();
  setting.stream.close();
  await settle();
  assertEquals(setting.got, [1]);
});

Deno.test("hostile 263: FollowedStream holds 1,000 messages at most, and reads the others", async () => {
  const setting = new Setting(10_000);
  await setting.open();
  const held = Promise.withResolvers<void>();
  const { read } = setting;
  setting.read = async (since, limit) => {
    await held.promise;
    return await read(since, limit);
  };
  const deliveries = await setting.publish(2_500);
  for (const deliver of deliveries.slice(1)) deliver();
  held.resolve();
  while (setting.stream.position!.seq < 2_500) await settle();
  assertEquals(setting.got, Array.from({ length: 2_500 }, (_, i) => i + 1));
});

Deno.test("FollowedStream begins anew where the broker has found it, though a message waited before", async () => {
  const setting = new Setting(0);
  await setting.open();
  setting.history = new MemoryHistory({ size: 0 });
  const deliveries = await setting.publish(4);
  const found = await setting.current();
  deliveries[2]!();
  setting.stream.stands(found);
  await settle();
  assertEquals(setting.got, ["e1:2", 3, "e1:4"]);
  assertEquals(setting.stream.position, found);
});

Deno.test("FollowedStream leaves no gap and no double, whatever comes when", async () => {
  const delivery = fc.record({
    /** How often it comes. */
    times: fc.constantFrom(0, 1, 1, 1, 2),
    delay: fc.integer({ min: 0, max: 12 }),
    /** Whether the streams are lost before. */
    isFlush: fc.integer({ min: 0, max: 19 }).map((number) => number === 7),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(delivery, { maxLength: 30 }),
      fc.constantFrom(0, 3, 1_000),
      async (scheduler, steps, size) => {
        const setting = new Setting(size);
        setting.read = (since, limit) =>
          scheduler.schedule(Promise.resolve()).then(() =>
            scheduler.schedule(setting.history.read("deck", since, Math.min(limit, 3)))
          );
        await setting.open();
        const due: { at: number; deliver: () => void }[] = [];
        for (const [now, { times, delay, isFlush }] of steps.entries()) {
          if (isFlush) setting.history = new MemoryHistory({ size });
          const [deliver] = await setting.publish(1);
          for (let i = 0; i < times; i++) due.push({ at: now + delay * i, deliver: deliver! });
          due.push(
            ...Array.from({ length: times }, () => ({ at: now + delay, deliver: deliver! })),
          );
          for (const each of due.filter(({ at }) => at === now)) each.deliver();
          if (scheduler.count() > 0) await scheduler.waitOne();
        }
        for (const each of due.filter(({ at }) => at >= steps.length)) each.deliver();
        setting.stream.stands(await setting.current());
        do {
          await scheduler.waitAll();
          await settle();
        } while (scheduler.count() > 0);
        assertEquals(setting.stream.position, await setting.current());
        let last: number | undefined;
        for (const each of setting.got) {
          if (typeof each === "number") assert(last === undefined ? each === 1 : each === last + 1);
          last = typeof each === "number" ? each : Number(each.split(":")[1]);
        }
        if (size === 1_000 && steps.every(({ isFlush }) => !isFlush)) {
          assertEquals(setting.got, steps.map((_, i) => i + 1));
        }
      },
    ),
    { numRuns: 500 },
  );
});
