/** Epochs that need not be stored. */

import { assertEquals, assertMatch } from "@std/assert";
import { epochOf, newGeneration } from "../../../../server/app/streams/epoch.ts";

Deno.test("epochOf() is the same for the same room and generation", () => {
  const generation = newGeneration();
  assertEquals(epochOf(generation, "deck"), epochOf(generation, "deck"));
});

Deno.test("epochOf() differs by room and by generation", () => {
  const epochs = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const generation = newGeneration();
    for (let j = 0; j < 1_000; j++) epochs.add(epochOf(generation, `room ${j}`));
  }
  assertEquals(epochs.size, 20_000);
});

Deno.test("epochOf() gives short names of letters and digits", () => {
  for (const room of ["", "a", "ä🚢\u0000", "x".repeat(10_000)]) {
    assertMatch(epochOf("generation", room), /^[0-9a-z]{8,14}$/);
  }
});
