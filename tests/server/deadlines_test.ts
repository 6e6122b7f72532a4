/** Tests of server/deadlines.ts with an injected clock. */

import { assertEquals } from "@std/assert";
import { systemClock } from "../../server/clock.ts";
import { type DeadlineItem, Deadlines, resolutionFor } from "../../server/deadlines.ts";
import { ManualClock } from "../support/clients.ts";

/** Notes when it is called; then has no deadline. */
class Item implements DeadlineItem {
  readonly calls: number[] = [];

  constructor(public deadline: number) {}

  onDeadline(now: number): void {
    this.calls.push(now);
    this.deadline = Infinity;
  }
}

Deno.test("Deadlines.sweep() calls an item once its deadline is reached", () => {
  let time = 0;
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => time } });
  const item = new Item(10);
  deadlines.add(item);
  time = 9.9;
  deadlines.sweep();
  assertEquals(item.calls, []);
  time = 10;
  deadlines.sweep();
  time = 1000;
  deadlines.sweep();
  assertEquals(item.calls, [10]);
  deadlines.close();
});

Deno.test("Deadlines.sweep() sees a deadline that was moved by assigning it", () => {
  let time = 0;
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => time } });
  const item = new Item(10);
  deadlines.add(item);
  item.deadline = 50;
  time = 49;
  deadlines.sweep();
  assertEquals(item.calls, []);
  time = 51;
  deadlines.sweep();
  assertEquals(item.calls, [51]);
  deadlines.close();
});

Deno.test("Deadlines.sweep() goes on when items delete themselves and others", () => {
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => 5 } });
  const called: string[] = [];
  const last: DeadlineItem = { deadline: 1, onDeadline: () => called.push("last") };
  const skipped: DeadlineItem = { deadline: 1, onDeadline: () => called.push("skipped") };
  const first: DeadlineItem = {
    deadline: 1,
    onDeadline() {
      called.push("first");
      deadlines.delete(first);
      deadlines.delete(skipped);
    },
  };
  for (const item of [first, skipped, last]) deadlines.add(item);
  deadlines.sweep();
  assertEquals(called, ["first", "last"]);
  assertEquals(deadlines.size, 1);
  deadlines.close();
});

Deno.test("Deadlines.add() counts an item once", () => {
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => 20 } });
  const item = new Item(10);
  deadlines.add(item);
  deadlines.add(item);
  assertEquals(deadlines.size, 1);
  deadlines.sweep();
  assertEquals(item.calls, [20]);
  deadlines.close();
});

Deno.test("hostile 139: Deadlines.sweep() calls nobody when it comes too late, and each item in the end", () => {
  let time = 0;
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => time } });
  const item = new Item(10);
  deadlines.add(item);
  time = 6_000;
  deadlines.sweep();
  assertEquals(item.calls, []);
  time = 6_250; // what has come may be unread still
  deadlines.sweep();
  assertEquals(item.calls, []);
  time = 6_500;
  deadlines.sweep();
  assertEquals(item.calls, [6_500]);

  item.deadline = 6_300;
  time = 12_000;
  deadlines.sweep();
  time = 18_000; // late again
  deadlines.sweep();
  assertEquals(item.calls, [6_500, 18_000]);
  deadlines.close();
});

Deno.test("hostile 253: Deadlines.sweep() calls nobody of a process that stands still again and again", () => {
  let time = 0;
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => time } });
  const item = new Item(2_000);
  deadlines.add(item);
  time = 600; // a short while
  deadlines.sweep();
  time = 3_600; // a long one at once
  deadlines.sweep();
  assertEquals(item.calls, []);
  item.deadline = 5_600; // moved by what was read
  time = 6_600;
  deadlines.sweep();
  assertEquals(item.calls, []);
  time = 9_600;
  deadlines.sweep();
  assertEquals(item.calls, []);
  time = 12_600;
  deadlines.sweep();
  assertEquals(item.calls, [12_600]);
  deadlines.close();
});

Deno.test("Deadlines.sweep() is not late where nothing was watched before", () => {
  let time = 0;
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => time } });
  time = 60_000;
  const item = new Item(60_100);
  deadlines.add(item);
  time = 60_250;
  deadlines.sweep();
  assertEquals(item.calls, [60_250]);
  deadlines.close();
});

Deno.test("Deadlines.after() calls once, when the time has come", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines({ clock });
  const trace: string[] = [];
  deadlines.after(1_000, () => void trace.push("a"));
  deadlines.after(2_000, () => void trace.push("b"));
  clock.pass(999);
  assertEquals(trace, []);
  clock.pass(251);
  assertEquals(trace, ["a"]);
  clock.pass(10_000);
  assertEquals(trace, ["a", "b"]);
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines.after() can be cancelled", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines({ clock });
  const cancel = deadlines.after(1_000, () => {
    throw new Error("called");
  });
  cancel();
  cancel();
  assertEquals([deadlines.size, clock.size], [0, 0]);
  clock.pass(5_000);
});

Deno.test("Deadlines.after() uses one timer for all, and none where nothing waits", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines({ clock });
  const cancels = Array.from({ length: 1_000 }, () => deadlines.after(60_000, () => {}));
  assertEquals(clock.size, 1);
  clock.pass(1_000);
  assertEquals(clock.size, 1);
  for (const cancel of cancels) cancel();
  assertEquals(clock.size, 0);
});

Deno.test("Deadlines.after() and its cancelling work while it calls", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines({ clock });
  const trace: string[] = [];
  const cancels: (() => void)[] = [];
  cancels.push(deadlines.after(100, () => {
    cancels[1]?.();
    deadlines.after(100, () => void trace.push("again"));
  }));
  cancels.push(deadlines.after(100, () => void trace.push("cancelled")));
  clock.pass(250);
  assertEquals([deadlines.size, clock.size, trace.length], [1, 1, 0]);
  clock.pass(250);
  assertEquals(trace, ["again"]);
  assertEquals(clock.size, 0);
});

Deno.test("Deadlines.after() keeps short times to a tenth", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines({ clock, resolution: resolutionFor([100]) });
  let called = 0;
  deadlines.after(100, () => called++);
  clock.pass(110);
  assertEquals(called, 1);
});

// The sanitizer fails the following tests if a timer is left behind.

Deno.test("Deadlines.add() starts the timer, which calls the item", async () => {
  const deadlines = new Deadlines({ resolution: 5 });
  // The timer alone keeps nothing alive.
  const serving = setTimeout(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    const item: DeadlineItem = {
      deadline: deadlines.now() + 1,
      onDeadline() {
        deadlines.delete(item);
        resolve();
      },
    };
    deadlines.add(item);
  });
  clearTimeout(serving);
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines.delete() stops the timer with the last item", () => {
  const deadlines = new Deadlines();
  const items = [new Item(Infinity), new Item(Infinity)];
  for (const item of items) deadlines.add(item);
  for (const item of items) deadlines.delete(item);
  deadlines.delete(new Item(1));
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines.close() forgets every item", () => {
  let time = 0;
  const deadlines = new Deadlines({ clock: { ...systemClock, now: () => time } });
  const item = new Item(10);
  deadlines.add(item);
  deadlines.close();
  time = 20;
  deadlines.sweep();
  assertEquals(item.calls, []);
});

Deno.test("resolutionFor() is a tenth of the shortest timeout within bounds", () => {
  assertEquals(resolutionFor([10_000, 25_000]), 250);
  assertEquals(resolutionFor([10_000, 300]), 30);
  assertEquals(resolutionFor([20]), 5);
  assertEquals(resolutionFor([0, Infinity]), 250);
  assertEquals(resolutionFor([]), 250);
});
