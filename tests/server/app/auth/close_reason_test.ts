/** Texts as close reasons. */

import { assertEquals } from "@std/assert";
import { encodeClosePayload } from "../../../../protocol/close_code.ts";
import { closeReason } from "../../../../server/app/auth/close_reason.ts";

Deno.test("closeReason() keeps what fits, and cuts between characters", () => {
  assertEquals(closeReason("You are banned"), "You are banned");
  assertEquals(closeReason("x".repeat(124)), "x".repeat(123));
  assertEquals(closeReason("x".repeat(122) + "é"), "x".repeat(122));
  assertEquals(closeReason("😀".repeat(31)), "😀".repeat(30));
});

Deno.test("closeReason() makes any text one that a Close frame can carry", () => {
  for (const text of ["\ud800", "\ud800".repeat(99), "é\udc00".repeat(60), ""]) {
    encodeClosePayload(1008, closeReason(text));
  }
});
