/** Positions in the message streams of rooms. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { isSamePosition, Positions } from "../../../server/app/position.ts";

Deno.test("Positions.next() counts each room by one under its own epoch", () => {
  const positions = new Positions();
  assertEquals(positions.next("deck").seq, 1);
  assertEquals(positions.next("deck").seq, 2);
  assertEquals(positions.next("bridge").seq, 1);
  assertNotEquals(positions.current("deck").epoch, positions.current("bridge").epoch);
});

Deno.test("Positions.current() changes nothing", () => {
  const positions = new Positions();
  const { epoch } = positions.next("deck");
  assertEquals(positions.current("deck"), { seq: 1, epoch });
  assertEquals(positions.current("deck"), { seq: 1, epoch });
});

Deno.test("Positions remembers a room that was empty for a while", () => {
  const positions = new Positions();
  positions.occupied("deck");
  const position = positions.next("deck");
  positions.emptied("deck");
  positions.occupied("deck");
  assert(isSamePosition(positions.current("deck"), position));
});

Deno.test("hostile 105: Positions forgets the rooms that were empty longest", () => {
  const positions = new Positions();
  positions.occupied("held");
  const held = positions.next("held");
  const lost = positions.next("lost");
  for (let i = 0; i < 5_000; i++) {
    positions.occupied(`room ${i}`);
    positions.emptied(`room ${i}`);
  }
  assertEquals(positions.size, 1_001);
  assertEquals(positions.current("held"), held);
  assert(!isSamePosition(positions.current("lost"), lost));
  assertNotEquals(positions.current("lost").epoch, lost.epoch);
});

Deno.test("isSamePosition() compares the epoch too", () => {
  assert(isSamePosition({ seq: 1, epoch: "a" }, { seq: 1, epoch: "a" }));
  assert(!isSamePosition({ seq: 1, epoch: "a" }, { seq: 1, epoch: "b" }));
  assert(!isSamePosition({ seq: 1, epoch: "a" }, { seq: 2, epoch: "a" }));
});
