/** Tests of server/testing/test_clock.ts. */

import { assertEquals, assertRejects } from "@std/assert";
import { TestClock } from "../../../server/testing/test_clock.ts";

Deno.test("TestClock runs what is due in the order of its time, then of the calls", async () => {
  const clock = new TestClock();
  const ran: string[] = [];
  clock.after(20, () => ran.push(`late at ${clock.now()}`));
  clock.after(10, () => ran.push(`first at ${clock.now()}`));
  clock.after(10, () => ran.push(`second at ${clock.now()}`));
  await clock.advance(19);
  assertEquals(ran, ["first at 10", "second at 10"]);
  assertEquals(clock.now(), 19);
  await clock.advance(1);
  assertEquals(ran.at(-1), "late at 20");
});

Deno.test("TestClock.after() runs nothing before it has returned, and nothing called off", async () => {
  const clock = new TestClock();
  let runs = 0;
  clock.after(0, () => runs++);
  const stop = clock.after(-5, () => runs++);
  assertEquals(runs, 0);
  stop();
  await clock.advance(0);
  assertEquals(runs, 1);
});

Deno.test("TestClock.advance() lets promises go on between two times", async () => {
  const clock = new TestClock();
  const times: number[] = [];
  async function beat(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => clock.after(7, resolve));
      times.push(clock.now());
    }
  }
  const beats = beat();
  await clock.advance(21);
  await beats;
  assertEquals(times, [7, 14, 21]);
});

Deno.test("TestClock.advance() refuses times that cannot be", async () => {
  const clock = new TestClock();
  for (const time of [-1, NaN, Infinity]) {
    await assertRejects(() => clock.advance(time), RangeError, `by ${time} ms`);
  }
  assertEquals(clock.now(), 0);
});
