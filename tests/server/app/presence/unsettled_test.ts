/** Users of whom the store has not taken that they came or went: it is asked again. */

import { assertEquals } from "@std/assert";
import { Unsettled } from "../../../../server/app/presence/unsettled.ts";
import { ManualClock } from "../../../support/clients.ts";

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("Unsettled tries a hundred at a time, later and later, and all when the store takes one", async () => {
  const clock = new ManualClock();
  const tried: string[] = [];
  let refuses = true;
  const unsettled = new Unsettled(clock, (room, userId) => {
    tried.push(`${room} ${userId}`);
    return refuses ? Promise.reject(new Error("no")) : Promise.resolve();
  });
  for (let i = 0; i < 250; i++) unsettled.add("deck", `u${i}`);
  const counts: number[] = [];
  for (const time of [999, 1, 1_999, 1, 4_000, 8_000, 16_000, 29_999, 1, 30_000]) {
    clock.pass(time);
    await settle();
    counts.push(tried.length);
  }
  assertEquals(counts, [0, 100, 100, 200, 300, 400, 500, 500, 600, 700]);
  assertEquals(new Set(tried).size, 250); // each has had its turn
  refuses = false;
  clock.pass(30_000);
  await settle();
  assertEquals([tried.length, unsettled.size, clock.size], [950, 0, 0]);
});

Deno.test("Unsettled keeps 10,000, forgets what was settled otherwise, and stops", async () => {
  const clock = new ManualClock();
  const tried: string[] = [];
  const unsettled = new Unsettled(clock, async (room, userId) => {
    await Promise.resolve();
    tried.push(`${room} ${userId}`);
    if (userId === "u2") throw new Error("no");
  });
  for (let i = 0; i < 10_001; i++) unsettled.add("", `u${i}`);
  assertEquals(unsettled.size, 10_000);
  for (let i = 3; i < 10_001; i++) unsettled.delete("", `u${i}`);
  clock.pass(1_000);
  await settle();
  assertEquals([tried, unsettled.size], [[" u0", " u1", " u2"], 1]);
  unsettled.stop();
  unsettled.add("", "u4");
  assertEquals([unsettled.size, clock.size], [0, 0]);
});
