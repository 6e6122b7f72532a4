/** Shares of a turn: when it is over, who goes on, and how often the clock is looked at. */

import { assert, assertEquals } from "@std/assert";
import { Turns } from "../../../server/net/turns.ts";
import { settle } from "../../support/connection_driver.ts";

/** An event loop that turns when a test says so, and a clock that a test moves. */
class FakeLoop {
  time = 1000;
  /** Processor time that others have taken. */
  taken = 0;
  /** How often a turn was asked for. */
  asked = 0;
  closed = false;
  readonly turns = new Turns({
    now: () => this.time,
    cpu: () => this.time - this.taken,
    loop: this,
  });
  #turn = Promise.withResolvers<void>();

  async next(turned: () => Promise<void> | void): Promise<void> {
    this.asked++;
    await (this.closed ? undefined : this.#turn.promise);
    await turned();
  }

  async turn(): Promise<void> {
    this.#turn.resolve();
    this.#turn = Promise.withResolvers();
    await settle();
  }

  close(): void {
    this.closed = true;
    this.#turn.resolve();
  }

  /** Works until the turn is over; returns for how long. */
  workUntilOver(step = 0.1): number {
    const start = this.time;
    while (!this.turns.over()) this.time += step;
    return this.time - start;
  }

  /** Waits for turns, again and again, and works for some time in each. */
  async worker(log: string[], name: string, work: () => void): Promise<never> {
    for (;;) {
      await this.turns.next();
      log.push(name);
      work();
    }
  }
}

/** Lets the first turn be over, so that the next ones are exact. */
async function begin(): Promise<FakeLoop> {
  const loop = new FakeLoop();
  loop.workUntilOver();
  const next = loop.turns.next();
  await loop.turn();
  await next;
  return loop;
}

Deno.test("Turns.over() is true after 5 ms of work in one turn of the loop", async () => {
  const loop = await begin();
  const worked = loop.workUntilOver();
  assert(worked > 4 && worked < 6, `${worked} ms`);
  assert(loop.turns.over());
});

Deno.test("Turns.over() asks once in 5 ms whether the loop has turned, and only then", async () => {
  const loop = await begin();
  await loop.turn();
  const before = loop.asked;
  for (let turn = 0; turn < 1000; turn++) {
    assert(!loop.turns.over());
    loop.time += 0.1;
    await loop.turn();
  }
  const asked = loop.asked - before;
  assert(asked >= 15 && asked <= 20, `${asked} times in 100 ms`);
});

Deno.test("Turns.over() does not count what the processor did for others", async () => {
  const loop = await begin();
  for (let i = 0; i < 50; i++) {
    loop.time += 4;
    loop.taken += 3.95;
    assert(!loop.turns.over());
  }
});

Deno.test("Turns.overAtRead() looks at the clock at every sixteenth read, and at each dear one", async () => {
  const loop = await begin();
  let looks = 0;
  const over = loop.turns.over.bind(loop.turns);
  loop.turns.over = () => {
    looks++;
    return over();
  };
  for (let i = 0; i < 160; i++) assertEquals(loop.turns.overAtRead(), false);
  assertEquals(looks, 10);
  let reads = 0;
  for (; !loop.turns.overAtRead(); reads++) loop.time += 2;
  assert(loop.turns.overAtRead(), "It is not over for the next");
  for (let turn = 0; turn < 10; turn++) {
    const next = loop.turns.next();
    await loop.turn();
    await next;
    for (reads = 0; !loop.turns.overAtRead(); reads++) loop.time += 2;
  }
  assert(reads <= 6, `${reads} reads of 2 ms in one turn`);
});

Deno.test("Turns.next() lets those go on who wait, in their order, while there is time", async () => {
  const loop = await begin();
  const log: string[] = [];
  for (const name of ["a", "b", "c", "d"]) void loop.worker(log, name, () => loop.time += 3);
  await loop.turn();
  assertEquals(log, ["a", "b"]);
  await loop.turn();
  await loop.turn();
  assertEquals(log, ["a", "b", "c", "d", "a", "b"]);
});

Deno.test("Turns.next() lets one go on in each turn, however long others work", async () => {
  const loop = await begin();
  const log: string[] = [];
  for (const name of ["a", "b", "c"]) void loop.worker(log, name, () => loop.time += 100);
  for (let turn = 0; turn < 4; turn++) await loop.turn();
  assertEquals(log, ["a", "b", "c", "a"]);
});

Deno.test("Turns.next() takes no turn of the loop that is not needed", async () => {
  const loop = await begin();
  await loop.turn();
  const before = loop.asked;
  await loop.turn();
  assertEquals(loop.asked, before);
});

Deno.test("Turns.next() lets go first what has become ready in the same turn", async () => {
  const loop = await begin();
  const log: string[] = [];
  loop.workUntilOver();
  const waits = loop.turns.next().then(() => log.push("waited"));
  const turned = loop.turn();
  const ready = Promise.resolve().then(() => {}).then(() => log.push("ready"));
  await Promise.all([waits, turned, ready]);
  assertEquals(log, ["ready", "waited"]);
});

Deno.test("Turns.piece becomes small where work is dear, and grows again", async () => {
  const loop = await begin();
  const largest = loop.turns.piece;
  for (let turn = 0; turn < 20; turn++) {
    loop.workUntilOver(0.1 * loop.turns.piece);
    await loop.turn();
  }
  const smallest = loop.turns.piece;
  assert(0.1 * smallest < 5, `pieces of ${0.1 * smallest} ms`);
  for (let turn = 0; turn < 200; turn++) {
    loop.workUntilOver(0.001 * loop.turns.piece);
    await loop.turn();
  }
  assertEquals(loop.turns.piece, largest);
});

Deno.test("Turns.close() lets all go on, and resolves when they may", async () => {
  const loop = await begin();
  const waiting = [loop.turns.next(), loop.turns.next()];
  loop.workUntilOver();
  await loop.turns.close();
  await Promise.all(waiting);
  await loop.turns.next();
});

Deno.test("Turns keeps time by itself where it is not told how", async () => {
  const turns = new Turns();
  // A turn ends after some processor time, which a loaded machine gives to others, too.
  for (const end = performance.now() + 10_000; !turns.over();) assert(performance.now() < end);
  await turns.next();
  assert(!turns.over());
  await turns.close();
});
