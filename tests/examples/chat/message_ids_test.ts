/** Ids of messages. */

import { assertEquals, assertMatch } from "@std/assert";
import { MessageIds } from "../../../examples/chat/message_ids.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

Deno.test("MessageIds makes UUIDs that tell their time", () => {
  const id = new MessageIds().next(0x0192_abcd_ef01);
  assertMatch(id, uuid);
  assertEquals(id.startsWith("0192abcd-ef01-7000-"), true);
});

Deno.test("MessageIds grows within a millisecond, and when the clock goes back", () => {
  const ids = new MessageIds();
  const now = Date.now();
  const given = Array.from({ length: 10_000 }, (_, i) => ids.next(now - (i % 3) * 1_000));
  assertEquals(given, given.toSorted());
  assertEquals(new Set(given).size, given.length);
  for (const id of given) assertMatch(id, uuid);
});

Deno.test("MessageIds of two nodes never meet", () => {
  const now = Date.now();
  const [one, other] = [new MessageIds(), new MessageIds()];
  const given = Array.from({ length: 1_000 }, () => [one.next(now), other.next(now)]).flat();
  assertEquals(new Set(given).size, given.length);
});
