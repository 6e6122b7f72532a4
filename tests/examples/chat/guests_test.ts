/** Guests of the chat: what they are called, and the ids that tell them apart. */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { cleanName, makeGuest } from "../../../examples/chat/guests.ts";

Deno.test("hostile 151: makeGuest() gives everybody a random id of 122 bits", () => {
  const { userId, name } = makeGuest("Ada");
  assertMatch(userId, /^guest-[0-9a-f]{32}$/);
  assertEquals(name, "Ada");
  const ids = Array.from({ length: 10_000 }, () => makeGuest("Ada").userId);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("makeGuest() gives who brings the same key the same id, which does not tell the key", () => {
  const key = crypto.randomUUID();
  const { userId } = makeGuest("Ada", key);
  assertMatch(userId, /^guest-[0-9a-f]{32}$/);
  assertEquals(makeGuest("Grace", key), { userId, name: "Grace" });
  assertNotEquals(userId, `guest-${key.replaceAll("-", "")}`);
  assertNotEquals(makeGuest("Ada", crypto.randomUUID()).userId, userId);
});

Deno.test("hostile 445: makeGuest() makes nobody else's id of what it is given", () => {
  const { userId } = makeGuest("Ada", crypto.randomUUID());
  for (
    const key of [userId, userId.replace("guest-", ""), "", "a", "1".repeat(31), "x".repeat(40)]
  ) {
    assertNotEquals(makeGuest("Mallory", key).userId, userId);
  }
  for (const key of ["", "a", "1".repeat(31), "1".repeat(65), "x".repeat(40), "%00".repeat(12)]) {
    assertNotEquals(makeGuest("Ada", key).userId, makeGuest("Ada", key).userId);
  }
});

Deno.test("makeGuest() gives a short name where nothing of the wish can be seen", () => {
  for (
    const wish of [null, "", "   ", "\u0000\u202e\n", "\u200b\ufeff", "\u3164", "\u200d\u0301"]
  ) {
    const { userId, name } = makeGuest(wish);
    assertMatch(name, /^guest-[0-9a-f]{4}$/, JSON.stringify(wish));
    assertNotEquals(name, userId);
  }
});

Deno.test("cleanName() removes controls and what is invisible, trims, and cuts at 32 characters", () => {
  const names = new Map([
    ["  Ada  ", "Ada"],
    ["A\u0000d\r\na\u007f", "Ada"],
    ["\u202eadA\u2066", "adA"],
    ["A\u200bd\u2060a\u00ad\ufeff", "Ada"],
    ["x".repeat(100), "x".repeat(32)],
    ["👩‍🚀".repeat(20), [..."👩‍🚀".repeat(20)].slice(0, 32).join("")],
    [`${"x".repeat(31)} yz`, "x".repeat(31)],
    ["<b>&", "<b>&"],
    ["Zoe\u0308", "Zoe\u0308"],
  ]);
  for (const [wish, name] of names) assertEquals(cleanName(wish), name);
});
