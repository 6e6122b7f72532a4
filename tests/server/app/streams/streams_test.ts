/** Rooms as streams: numbers their messages, hands them out, and lets members catch up. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { StreamMember } from "../../../../server/app/streams/catch_up.ts";
import type { History, HistoryPage } from "../../../../server/app/streams/history.ts";
import { MemoryHistory } from "../../../../server/app/streams/memory_history.ts";
import { memoryBroker } from "../../../../server/app/streams/memory_broker.ts";
import type { Outgoing } from "../../../../server/app/events/outgoing.ts";
import type { Joined, JoinFrom, Position } from "../../../../server/app/streams/position.ts";
import { Streams } from "../../../../server/app/streams/streams.ts";
import type { SendResult } from "../../../../server/types.ts";
import { ManualClock } from "../../../support/clients.ts";

/** Remembers what it was sent: numbers, and where it was told to stand. */
class Member implements StreamMember {
  readonly got: (number | string)[] = [];
  readonly outgoings: Outgoing[] = [];
  result: SendResult = "sent";

  rejoined(_room: string, { position: { seq } }: Joined): void {
    this.got.push(`reset to ${seq}`);
  }

  send(outgoing: Outgoing): SendResult {
    if (this.result === "dropped") return "dropped";
    this.outgoings.push(outgoing);
    this.got.push(outgoing.place?.seq ?? NaN);
    return this.result;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }
}

/** Takes one message at a time, when a test lets it. */
class SlowMember extends Member {
  #waiting = Promise.withResolvers<void>();
  override result: SendResult = "queued";

  override drained(): Promise<void> {
    return this.#waiting.promise;
  }

  async take(): Promise<void> {
    const { resolve } = this.#waiting;
    this.#waiting = Promise.withResolvers();
    resolve();
    await turn();
  }
}

/** Streams, and who is in which room. */
class TestRoom {
  readonly members = new Set<Member>();
  readonly errors: unknown[] = [];
  readonly streams: Streams<Member>;

  constructor(readonly history: History = new MemoryHistory()) {
    const link = memoryBroker({ history }).link("/", {
      published: (...published) => this.streams.published(...published),
      stands: (room, position) => this.streams.stands(room, position),
      told() {},
      asked: () => Promise.reject(new Error("Nobody asks")),
      gone() {},
      vanished() {},
      appeared() {},
      state() {},
    });
    this.streams = new Streams({
      link,
      clock: new ManualClock(),
      members: () => this.members,
      isIn: (_room, member) => this.members.has(member),
      failed: (error) => this.errors.push(error),
    });
  }

  publish(data: unknown = {}): Promise<Position> {
    return this.streams.publish("deck", "note", data);
  }

  enter(member: Member): void {
    this.members.add(member);
    this.streams.entered("deck");
  }

  join(member: Member, from?: JoinFrom): Promise<Joined> {
    if (!this.members.has(member)) this.enter(member);
    const announce = ({ position }: Joined) => void member.got.push(`at ${position.seq}`);
    return this.streams.join("deck", member, { from, announce });
  }

  leave(member: Member): void {
    this.members.delete(member);
    this.streams.left("deck", member, this.members.size === 0);
  }
}

/** A history whose calls take effect in their order, and settle when a test wants. */
class HeldHistory implements History {
  readonly inner = new MemoryHistory({ size: 1_000 });
  readonly waiting: (() => void)[] = [];
  #settle<Result>(result: Promise<Result>): Promise<Result> {
    return new Promise((resolve) => this.waiting.push(() => resolve(result)));
  }
  /** Settles what waits, and what waits after that. */
  async settleAll(): Promise<void> {
    await turn();
    for (let settle; (settle = this.waiting.pop()) !== undefined; await turn()) settle();
  }
  append(room: string, event: string, data: string): Promise<Position> {
    return this.#settle(this.inner.append(room, event, data));
  }
  read(room: string, since: Position, limit: number): Promise<HistoryPage> {
    return this.#settle(this.inner.read(room, since, limit));
  }
  current(room: string): Promise<Position> {
    return this.#settle(this.inner.current(room));
  }
}

async function turn(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

Deno.test("Streams hands out by number in a room that was never written to before", async () => {
  const room = new TestRoom();
  const [ada, bob] = [new Member(), new Member()];
  await room.join(ada);
  const { position } = await room.join(bob);
  await room.publish();
  await room.publish();
  assertEquals([ada.got, bob.got], [["at 0", 1, 2], ["at 0", 1, 2]]);
  assertEquals((await room.join(new Member(), position)).recovered, true);
});

Deno.test("Streams resets a room that was never written to, where its epoch is another", async () => {
  const history = new MemoryHistory({ maxRooms: 1 });
  const room = new TestRoom(history);
  const ada = new Member();
  await room.join(ada);
  for (const room of ["bridge", "galley"]) await history.append(room, "note", "{}");
  await room.publish();
  await turn();
  assertEquals(ada.got, ["at 0", "reset to 0", 1]);
});

Deno.test("Streams.publish() hands out one encoding in the order of the calls", async () => {
  const room = new TestRoom();
  const [ada, bob] = [new Member(), new Member()];
  await Promise.all([room.join(ada), room.join(bob)]);
  const positions = await Promise.all(Array.from({ length: 100 }, (_, i) => room.publish({ i })));
  assertEquals(positions.map(({ seq }) => seq), Array.from({ length: 100 }, (_, i) => i + 1));
  assertEquals(ada.got, ["at 0", ...positions.map(({ seq }) => seq)]);
  for (const [i, outgoing] of ada.outgoings.entries()) {
    assertStrictEquals(outgoing, bob.outgoings[i]);
    assertEquals([outgoing.data, outgoing.place?.seq], [{ i }, i + 1]);
  }
  assertEquals(room.streams.size, 0);
});

Deno.test("Streams.publish() keeps the order where appends settle in another", async () => {
  const history = new HeldHistory();
  const room = new TestRoom(history);
  const ada = new Member();
  room.enter(ada);
  history.waiting.shift()?.();
  await turn();
  const publishing = [0, 1, 2].map((i) => room.publish({ i }));
  for (const settle of history.waiting.splice(0).reverse()) {
    assertEquals(ada.got, []);
    settle();
    await turn();
  }
  await Promise.all(publishing);
  assertEquals(ada.outgoings.map(({ data, place }) => [data, place?.seq]), [
    [{ i: 0 }, 1],
    [{ i: 1 }, 2],
    [{ i: 2 }, 3],
  ]);
});

Deno.test("Streams.publish() hands out nothing that could not be stored", async () => {
  const history = new MemoryHistory();
  const append = history.append.bind(history);
  const room = new TestRoom(history);
  const ada = new Member();
  await room.join(ada);
  const results = [0, 1, 2, 3].map((i) => {
    history.append = i % 2 === 0 ? append : () => Promise.reject(new Error("Disk is full"));
    return room.publish({ i });
  });
  for (const i of [1, 3]) await assertRejects(() => results[i]!, Error, "Disk is full");
  assertEquals((await Promise.all([results[0], results[2]])).map((each) => each?.seq), [1, 2]);
  assertEquals(ada.outgoings.map(({ data }) => data), [{ i: 0 }, { i: 2 }]);
  assertEquals(room.streams.size, 0);
});

Deno.test("Streams.publish() throws at the call and takes no number for bad data", async () => {
  const room = new TestRoom();
  for (const data of [{ big: 1n }, new Map(), [() => {}]]) {
    assertThrows(() => room.publish(data), TypeError);
  }
  assertThrows(() => room.streams.publish("deck", "error", {}), TypeError, "reserved");
  assertEquals((await room.publish()).seq, 1);
});

Deno.test("Streams.publish() sends what the data was at the call, now and later", async () => {
  const room = new TestRoom();
  const [ada, bob] = [new Member(), new Member()];
  const { position } = await room.join(ada);
  const data = { list: [1] };
  const publishing = room.publish(data);
  data.list.push(2);
  await publishing;
  await room.join(bob, position);
  assertEquals(ada.outgoings[0]?.data, { list: [1] });
  assertEquals(bob.outgoings[0]?.data, ada.outgoings[0]?.data);
});

Deno.test("Streams.join() sends many pages in order", async () => {
  const room = new TestRoom(new MemoryHistory({ size: 1_000 }));
  const { epoch } = await room.history.current("deck");
  await Promise.all(Array.from({ length: 555 }, () => room.publish()));
  const ada = new Member();
  const joined = await room.join(ada, { seq: 5, epoch });
  assertEquals(joined, { position: { seq: 555, epoch }, recovered: true });
  assertEquals(ada.got, [...Array.from({ length: 550 }, (_, i) => i + 6), "at 555"]);
});

Deno.test("hostile 136: Streams.join() sends a slow member one message when it has taken another", async () => {
  const room = new TestRoom();
  const { epoch } = await room.history.current("deck");
  for (let i = 0; i < 30; i++) await room.publish();
  const ada = new SlowMember();
  const joining = room.join(ada, { seq: 0, epoch });
  await turn();
  for (let i = 1; i <= 30; i++) {
    assertEquals(ada.got.length, i);
    await ada.take();
  }
  assertEquals((await joining).recovered, true);
  assertEquals(ada.got.at(-1), "at 30");
});

Deno.test("hostile 136: Streams.join() reads again what was published to a slow member, however much", async () => {
  const room = new TestRoom(new MemoryHistory({ size: 100_000 }));
  const { epoch } = await room.history.current("deck");
  await room.publish();
  const ada = new SlowMember();
  const joining = room.join(ada, { seq: 0, epoch });
  await turn();
  for (let round = 0; round < 8; round++) {
    await Promise.all(Array.from({ length: 1_100 }, () => room.publish()));
    for (let i = 0; i < 1_050; i++) await ada.take();
  }
  while (typeof ada.got.at(-1) === "number") await ada.take();
  assertEquals(await joining, { position: { seq: 8_801, epoch }, recovered: true });
  assertEquals(ada.got.slice(0, -1), Array.from({ length: 8_801 }, (_, i) => i + 1));
});

Deno.test("hostile 136: Streams.join() reads pages of 256 KiB, if it can know", async () => {
  const history = new MemoryHistory({ size: 1_000 });
  const sizes: number[] = [];
  const read = history.read.bind(history);
  history.read = (room, since, limit) => (sizes.push(limit), read(room, since, limit));
  const room = new TestRoom(history);
  const { epoch } = await history.current("deck");
  const text = "x".repeat(65_000);
  for (let i = 0; i < 20; i++) await room.publish({ text });
  for (let i = 0; i < 200; i++) await room.publish({});
  assertEquals((await room.join(new Member(), { seq: 0, epoch })).recovered, true);
  assertEquals(sizes, [8, 4, 4, 4, 4, 100, 100]);
});

Deno.test("hostile 136: Streams.join() ends where a slow member leaves", async () => {
  const room = new TestRoom();
  const { epoch } = await room.history.current("deck");
  for (let i = 0; i < 3; i++) await room.publish();
  const ada = new SlowMember();
  const joining = room.join(ada, { seq: 0, epoch });
  await turn();
  room.leave(ada);
  assertEquals((await joining).recovered, false);
  assertEquals([ada.got, room.streams.size], [[1], 0]);
});

Deno.test("Streams.join() merges what is published while it reads", async () => {
  const history = new HeldHistory();
  const room = new TestRoom(history);
  const { epoch } = await history.inner.current("deck");
  for (let i = 0; i < 3; i++) await history.inner.append("deck", "note", "{}");
  const ada = new Member();
  const joining = room.join(ada, { seq: 1, epoch });
  await turn();
  const publishing = [room.publish(), room.publish()];
  history.waiting.shift()?.(); // the current position
  await turn();
  const read = history.waiting.pop();
  await history.settleAll();
  await Promise.all(publishing);
  assertEquals(ada.got, []);
  read!();
  assertEquals(await joining, { position: { seq: 5, epoch }, recovered: true });
  assertEquals(ada.got, [2, 3, 4, 5, "at 5"]);
  assertEquals(room.streams.size, 0);
});

Deno.test("Streams.join() tells where a member stands that could not be sent all", async () => {
  const room = new TestRoom();
  const { epoch } = await room.history.current("deck");
  for (let i = 0; i < 3; i++) await room.publish();
  const ada = new Member();
  ada.result = "dropped";
  const joined = await room.join(ada, { seq: 0, epoch });
  assertEquals(joined, { position: { seq: 3, epoch }, recovered: false });
});

Deno.test("Streams.join() goes on with what is published where the history fails", async () => {
  const history = new MemoryHistory();
  const failure = new Error("Disk is broken");
  history.current = () => Promise.reject(failure);
  history.read = () => Promise.reject(failure);
  const room = new TestRoom(history);
  const [ada, bob] = [new Member(), new Member()];
  const joined = await Promise.all([room.join(ada), room.join(bob, { seq: 0, epoch: "e" })]);
  assertEquals(joined.map(({ recovered }) => recovered), [false, false]);
  assertEquals(room.errors, [failure, failure]);
  await room.publish();
  assertEquals([ada.got, bob.got], [["at 0", "reset to 0", 1], ["at 0", "reset to 0", 1]]);
});

Deno.test("Streams.join() waits for what prepares it, also where the history fails", async () => {
  const history = new MemoryHistory();
  history.current = () => Promise.reject(new Error("Disk is broken"));
  for (const room of [new TestRoom(), new TestRoom(history)]) {
    const ada = new Member();
    room.enter(ada);
    const options = {
      from: undefined,
      announce: () => void ada.got.push("joined"),
      prepare: async () => {
        await room.publish();
        ada.got.push("prepared");
      },
    };
    await room.streams.join("deck", ada, options);
    assertEquals(ada.got.slice(0, 2), ["prepared", "joined"]);
  }
});

Deno.test("Streams.join() goes on where the announcement fails", async () => {
  const room = new TestRoom();
  const ada = new Member();
  room.enter(ada);
  const announce = () => {
    throw new Error("Cannot announce");
  };
  const options = { from: undefined, announce };
  await assertRejects(() => room.streams.join("deck", ada, options), Error, "Cannot announce");
  await room.publish();
  assertEquals([ada.got, room.streams.size], [[1], 0]);
});

Deno.test("Streams.join() gives up on a history that tells no more and is not at its end", async () => {
  const history = new MemoryHistory();
  const position = { seq: 5, epoch: "e" };
  history.read = () => Promise.resolve({ position, messages: [] });
  const joined = await new TestRoom(history).join(new Member(), { seq: 1, epoch: "e" });
  assertEquals(joined.recovered, false);
});

Deno.test("Streams.join() does not take a page with a hole", async () => {
  const history = new MemoryHistory();
  const position = { seq: 5, epoch: "e" };
  const messages = [2, 3, 5].map((seq) => ({ seq, event: "note", data: "{}" }));
  history.read = () => Promise.resolve({ position, messages });
  const ada = new Member();
  const joined = await new TestRoom(history).join(ada, { seq: 1, epoch: "e" });
  assertEquals([joined, ada.got], [{ position, recovered: false }, [2, 3, "at 5"]]);
});

Deno.test("Streams.join() waits for another join of the same member", async () => {
  const room = new TestRoom();
  const { epoch } = await room.history.current("deck");
  for (let i = 0; i < 2; i++) await room.publish();
  const ada = new Member();
  const joined = await Promise.all([
    room.join(ada, { seq: 0, epoch }),
    room.join(ada, { seq: 2, epoch }),
    room.join(ada),
  ]);
  assertEquals(joined.map(({ recovered }) => recovered), [true, true, false]);
  assertEquals(ada.got, [1, 2, "at 2", "at 2", "at 2"]);
});

Deno.test("hostile 106: Streams.left() ends a join that is under way", async () => {
  const history = new HeldHistory();
  const room = new TestRoom(history);
  const { epoch } = await history.inner.append("deck", "note", "{}");
  const ada = new Member();
  const joining = room.join(ada, { seq: 0, epoch });
  const publishing = room.publish();
  room.leave(ada);
  await history.settleAll();
  await publishing;
  assertEquals((await joining).recovered, false);
  assertEquals([ada.got, room.streams.size], [[], 0]);
});

Deno.test("hostile 106: Streams.join() begins anew after a leave that ended another", async () => {
  const history = new HeldHistory();
  const room = new TestRoom(history);
  const { epoch } = await history.inner.append("deck", "note", "{}");
  const ada = new Member();
  const joining = [room.join(ada, { seq: 0, epoch })];
  room.leave(ada);
  joining.push(room.join(ada, { seq: 0, epoch }));
  await history.settleAll();
  const joined = await Promise.all(joining);
  assertEquals(joined.map(({ recovered }) => recovered), [false, true]);
  assertEquals([ada.got, room.streams.size], [[1, "at 1"], 0]);
});

/** A history whose calls settle in any order; a read may take effect later than it was called. */
class RacingHistory implements History {
  readonly #inner: MemoryHistory;
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler, size: number) {
    this.#inner = new MemoryHistory({ size });
    this.#scheduler = scheduler;
  }

  append(room: string, event: string, data: string): Promise<Position> {
    return this.#scheduler.schedule(this.#inner.append(room, event, data));
  }
  async read(room: string, since: Position, limit: number): Promise<HistoryPage> {
    await this.#scheduler.schedule(Promise.resolve());
    const page = this.#inner.read(room, since, Math.min(limit, 3));
    return await this.#scheduler.schedule(page);
  }
  current(room: string): Promise<Position> {
    return this.#scheduler.schedule(this.#inner.current(room));
  }
}

type Step = "publish" | "leave" | "join" | "join anew" | "wait";

/** Checks one stay in a room: what was sent before and after the announcement, number by number. */
function checkStay(
  got: readonly (number | string)[],
  since: Position | undefined,
  joined: Joined,
): void {
  const { position: { seq }, recovered } = joined;
  const announced = got.indexOf(`at ${seq}`);
  assert(announced >= 0, `not announced: ${got}`);
  const before = got.slice(0, announced);
  const after = got.slice(announced + 1);
  assertEquals(after, after.map((_, i) => seq + 1 + i));
  assertEquals(before, before.map((_, i) => (since?.seq ?? 0) + 1 + i));
  if (recovered) assertEquals(before.length, seq - (since?.seq ?? NaN));
  if (since === undefined) assertEquals([before, recovered], [[], false]);
}

Deno.test("Streams.join() leaves no gap and no double, whatever comes when", async () => {
  const steps = fc.array(
    fc.constantFrom<Step>("publish", "publish", "publish", "leave", "join", "join anew", "wait"),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, fc.constantFrom(4, 1_000), async (
      scheduler,
      steps,
      size,
    ) => {
      const room = new TestRoom(new RacingHistory(scheduler, size));
      let member: Member | undefined;
      let seen: Position | undefined;
      const stays: Promise<void>[] = [];
      const pending: Promise<unknown>[] = [];
      for (const step of steps) {
        if (step === "publish") pending.push(room.publish());
        if (step === "wait" && scheduler.count() > 0) await scheduler.waitOne();
        if ((step === "join" || step === "join anew") && member === undefined) {
          const newcomer = member = new Member();
          const since = step === "join" ? seen : undefined;
          stays.push(
            room.join(newcomer, since).then((joined) => {
              if (!newcomer.got.some((each) => typeof each === "string")) return;
              checkStay(newcomer.got, since, joined);
            }),
          );
        }
        if (step === "leave" && member !== undefined) {
          room.leave(member);
          seen = lastSeen(member, seen);
          member = undefined;
        }
      }
      do {
        await scheduler.waitAll();
        await turn();
      } while (scheduler.count() > 0);
      await Promise.all([...pending, ...stays]);
      assertEquals([room.streams.size, room.errors], [0, []]);
      const published = steps.filter((step) => step === "publish").length;
      if (member !== undefined) assertEquals(endOf(member), published);
    }),
    { numRuns: 2_000 },
  );
});

/** The number that a member has got to. */
function endOf({ got }: Member): number {
  return Number(String(got.at(-1)).replace("at ", ""));
}

/** The position that a client has after a membership that may have ended early. */
function lastSeen(member: Member, before: Position | undefined): Position | undefined {
  const place = member.outgoings.at(-1)?.place;
  return place === undefined ? before : { seq: place.seq, epoch: place.epoch };
}

Deno.test("hostile 105: 100,000 joins and leaves leave no room and no memory behind", async () => {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--v8-flags=--expose-gc", "tests/support/join_load.ts"],
    stderr: "inherit",
  }).output();
  assert(success);
  const { rooms, remembered, grown } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([rooms, remembered], [0, 100]);
  // One name of these rooms takes 256 bytes.
  assert(grown < 5_000_000, `${grown} bytes more`);
});
