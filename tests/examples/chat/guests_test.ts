/** Guests of the chat: what they are called, and the ids that tell them apart. */

import { assertEquals, assertMatch } from "@std/assert";
import { Guests } from "../../../examples/chat/guests.ts";

Deno.test("Guests.enter() gives everybody an id", () => {
  const { userId, name } = new Guests().enter("Ada");
  assertMatch(userId, /^guest-[0-9a-f]{4}$/);
  assertEquals(name, "Ada");
});

Deno.test("Guests.enter() gives no id twice, even when the short ones run out", () => {
  const guests = new Guests();
  const ids = Array.from({ length: 70_000 }, () => guests.enter("Ada").userId);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("Guests.leave() frees the id", () => {
  const guests = new Guests();
  for (let i = 0; i < 70_000; i++) guests.leave(guests.enter("Ada"));
  assertMatch(guests.enter("Ada").userId, /^guest-[0-9a-f]{4}$/);
});

Deno.test("Guests.enter() calls a guest by the id where no name is left", () => {
  for (const wish of [null, "", "   ", "\u0000\u202e\n"]) {
    const { userId, name } = new Guests().enter(wish);
    assertEquals(name, userId);
  }
});

Deno.test("Guests.enter() removes controls, trims, and cuts at 32 characters", () => {
  const names = new Map([
    ["  Ada  ", "Ada"],
    ["A\u0000d\r\na\u007f", "Ada"],
    ["\u202eadA\u2066", "adA"],
    ["x".repeat(100), "x".repeat(32)],
    ["👩‍🚀".repeat(20), [..."👩‍🚀".repeat(20)].slice(0, 32).join("")],
    [`${"x".repeat(31)} yz`, "x".repeat(31)],
    ["<b>&", "<b>&"],
  ]);
  for (const [wish, name] of names) assertEquals(new Guests().enter(wish).name, name);
});
