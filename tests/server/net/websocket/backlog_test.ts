/** Tests of server/net/websocket/backlog.ts. */

import { assertEquals } from "@std/assert";
import { Backlog, slowRate } from "../../../../server/net/websocket/backlog.ts";

Deno.test("Backlog.wrote() gives a second for each 32 KiB, one after the other", () => {
  const backlog = new Backlog();
  assertEquals(backlog.wrote(10 * slowRate, 5_000), 11 * slowRate);
  assertEquals(backlog.drainedBy, 15_000);
  backlog.wrote(12 * slowRate, 6_000);
  assertEquals(backlog.drainedBy, 17_000);
  backlog.wrote(13 * slowRate, 30_000); // it was empty by then
  assertEquals(backlog.drainedBy, 31_000);
});

Deno.test("Backlog.wrote() counts what is less than 32 KiB with what follows", () => {
  const backlog = new Backlog();
  assertEquals(backlog.wrote(slowRate + slowRate / 2, 0), 2 * slowRate);
  assertEquals(backlog.drainedBy, 1_000);
  assertEquals(backlog.wrote(2 * slowRate, 500), 3 * slowRate);
  assertEquals(backlog.drainedBy, 2_000);
});

Deno.test("Backlog.wrote() gives no more than 128 s", () => {
  const backlog = new Backlog();
  for (let n = 1; n <= 10; n++) backlog.wrote(n * 1_000 * slowRate, 10_000);
  assertEquals(backlog.drainedBy, 138_000);
});

Deno.test("Backlog.giveUp() gives no time for what was written before", () => {
  const backlog = new Backlog();
  backlog.wrote(10 * slowRate, 5_000);
  backlog.giveUp();
  assertEquals(backlog.drainedBy, 0);
  backlog.wrote(11 * slowRate, 6_000);
  assertEquals(backlog.drainedBy, 7_000);
});
