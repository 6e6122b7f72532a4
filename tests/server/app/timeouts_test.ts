/** What must happen in time, for many clients, by one timer instead of one each. */

import { assertEquals } from "@std/assert";
import { Timeouts } from "../../../server/app/timeouts.ts";
import { ManualClock } from "../../support/clients.ts";

Deno.test("Timeouts.add() calls once, when the time has come", () => {
  const clock = new ManualClock();
  const timeouts = new Timeouts(clock);
  const trace: string[] = [];
  timeouts.add(1_000, () => void trace.push("a"));
  timeouts.add(2_000, () => void trace.push("b"));
  clock.pass(999);
  assertEquals(trace, []);
  clock.pass(251);
  assertEquals(trace, ["a"]);
  clock.pass(10_000);
  assertEquals(trace, ["a", "b"]);
  assertEquals(timeouts.size, 0);
});

Deno.test("Timeouts.add() can be called off", () => {
  const clock = new ManualClock();
  const timeouts = new Timeouts(clock);
  const cancel = timeouts.add(1_000, () => {
    throw new Error("called");
  });
  cancel();
  cancel();
  assertEquals([timeouts.size, clock.size], [0, 0]);
  clock.pass(5_000);
});

Deno.test("Timeouts uses one timer for all, and none where nothing waits", () => {
  const clock = new ManualClock();
  const timeouts = new Timeouts(clock);
  const cancels = Array.from({ length: 1_000 }, () => timeouts.add(60_000, () => {}));
  assertEquals(clock.size, 1);
  clock.pass(1_000);
  assertEquals(clock.size, 1);
  for (const cancel of cancels) cancel();
  assertEquals(clock.size, 0);
});

Deno.test("Timeouts allows to add and to call off while it calls", () => {
  const clock = new ManualClock();
  const timeouts = new Timeouts(clock);
  const trace: string[] = [];
  const cancels: (() => void)[] = [];
  cancels.push(timeouts.add(100, () => {
    cancels[1]?.();
    timeouts.add(100, () => void trace.push("again"));
  }));
  cancels.push(timeouts.add(100, () => void trace.push("called off")));
  clock.pass(250);
  assertEquals([timeouts.size, clock.size, trace.length], [1, 1, 0]);
  clock.pass(250);
  assertEquals(trace, ["again"]);
  assertEquals(clock.size, 0);
});

Deno.test("Timeouts keeps short times to a tenth", () => {
  const clock = new ManualClock();
  const timeouts = new Timeouts(clock, 100);
  let called = 0;
  timeouts.add(100, () => called++);
  clock.pass(110);
  assertEquals(called, 1);
});
