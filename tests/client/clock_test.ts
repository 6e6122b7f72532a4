/** Time as the client sees it: handed in, so that tests can let it pass. */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../client/clock.ts";

Deno.test("systemClock.now() never goes back", () => {
  const before = systemClock.now();
  assert(systemClock.now() >= before);
});

Deno.test("systemClock.after() runs later, and not where it is called off", async () => {
  let calledOff = false;
  const stop = systemClock.after(0, () => calledOff = true);
  stop();
  let isLater = false;
  await new Promise<void>((resolve) => {
    systemClock.after(1, resolve);
    isLater = true;
  });
  assert(isLater);
  assert(!calledOff);
});

Deno.test("systemClock.after() takes no long delay for a short one", () => {
  const { setTimeout, performance } = globalThis;
  const delays: (number | undefined)[] = [];
  const due: (() => void)[] = [];
  let now = 0;
  let isDue = false;
  Object.assign(globalThis, {
    setTimeout: (run: () => void, delay: number) => (due.push(run), delays.push(delay)),
    performance: { now: () => now },
  });
  try {
    for (const never of [Infinity, NaN, 1e300]) systemClock.after(never, () => isDue = true);
    assertEquals(delays, []);
    systemClock.after(2 ** 31 + 9, () => isDue = true);
    assertEquals([delays, isDue], [[2 ** 31 - 1], false]);
    now = 2 ** 31 - 1;
    due[0]?.();
    assertEquals([delays[1], isDue], [10, false]);
    due[1]?.();
    assert(isDue);
  } finally {
    Object.assign(globalThis, { setTimeout, performance });
  }
});
