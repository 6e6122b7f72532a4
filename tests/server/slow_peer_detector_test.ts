/** Tests of server/slow_peer_detector.ts. */

import { assertEquals } from "@std/assert";
import { type QueueLimits, SlowPeerDetector } from "../../server/slow_peer_detector.ts";

const limits: QueueLimits = {
  highWaterMark: 10,
  maxQueuedBytes: 100,
  slowTimeout: 5_000,
  onQueueFull: "close",
};

Deno.test("SlowPeerDetector.admits() takes 16 times maxQueuedBytes behind what filled the queue", () => {
  const burst = new SlowPeerDetector(limits, 101, 0, 0);
  assertEquals([101, 1_701, 1_702].map((queued) => burst.admits(queued)), [true, true, false]);
  const oneLongMessage = new SlowPeerDetector(limits, 1_000_000, 0, 0);
  assertEquals(oneLongMessage.admits(1_001_600), true);
  assertEquals(oneLongMessage.admits(1_001_601), false);
});

Deno.test("SlowPeerDetector.look() gives a peer slowTimeout anew whenever it has taken something", () => {
  const overflow = new SlowPeerDetector(limits, 101, 7, 1_000);
  assertEquals(overflow.deadline, 6_000);
  for (const taken of [8, 9, 400]) {
    const now = overflow.deadline + 10;
    assertEquals(overflow.look(taken, now), false);
    assertEquals(overflow.deadline, now + 5_000);
  }
});

Deno.test("SlowPeerDetector.look() finds a peer slow at the second look that finds nothing taken", () => {
  const overflow = new SlowPeerDetector(limits, 101, 7, 0);
  assertEquals(overflow.look(7, 5_000), false);
  assertEquals(overflow.deadline, 5_250);
  assertEquals(overflow.admits(101), true);
  assertEquals(overflow.look(7, 5_250), true);
  assertEquals([overflow.admits(101), overflow.deadline], [false, Infinity]);
});

Deno.test("SlowPeerDetector.look() forgets a doubt when the peer has read after all", () => {
  const overflow = new SlowPeerDetector(limits, 101, 7, 0);
  assertEquals(overflow.look(7, 5_000), false);
  assertEquals(overflow.look(8, 5_250), false);
  assertEquals(overflow.deadline, 10_250);
  assertEquals(overflow.look(8, 10_250), false);
  assertEquals(overflow.look(8, 10_500), true);
});

Deno.test("SlowPeerDetector drops from the second look on, whatever the peer has taken", () => {
  const overflow = new SlowPeerDetector({ ...limits, onQueueFull: "drop" }, 101, 7, 1_000);
  assertEquals(overflow.deadline, 1_000);
  assertEquals(overflow.look(8, 1_100), false);
  assertEquals([overflow.deadline, overflow.admits(101)], [1_350, true]);
  assertEquals(overflow.look(9, 1_350), true);
  assertEquals(overflow.admits(101), false);
});
