/** Time: handed in, so that tests can let it pass. */

import { assert, assertEquals } from "@std/assert";
import { runtimeClock, type Timer } from "../../wire/clock.ts";

const clock = runtimeClock();

Deno.test("runtimeClock().now() never goes back", () => {
  const before = clock.now();
  assert(clock.now() >= before);
});

Deno.test("runtimeClock().after() runs later, and not where it is called off", async () => {
  let calledOff = false;
  const stop = clock.after(0, () => calledOff = true);
  stop();
  let isLater = false;
  await new Promise<void>((resolve) => {
    clock.after(1, resolve);
    isLater = true;
  });
  assert(isLater);
  assert(!calledOff);
});

Deno.test("runtimeClock().after() takes no long delay for a short one", () => {
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
    for (const never of [Infinity, NaN, 1e300]) clock.after(never, () => isDue = true);
    assertEquals(delays, []);
    clock.after(2 ** 31 + 9, () => isDue = true);
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

Deno.test("runtimeClock() shows each timer that it starts", async () => {
  const timers: Timer[] = [];
  await new Promise<void>((resolve) =>
    runtimeClock((timer) => timers.push(timer)).after(1, resolve)
  );
  assertEquals(timers.length, 1);
});
