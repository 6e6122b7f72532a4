/** Close codes and reasons, and what a client does after them: one table for both ends. */

import { assert, assertEquals } from "@std/assert";
import { CloseCode, isCloseCode } from "../../protocol/close_code.ts";
import { adviceAfter, closeOf, Closes, namedCloseCodes } from "../../wire/close_code.ts";

Deno.test("adviceAfter() knows each code of the protocol", () => {
  assertEquals(namedCloseCodes(), Object.values(CloseCode));
});

Deno.test("adviceAfter() is to come back after restarts and losses, not after refusals", () => {
  for (
    const code of [1001, 1005, 1006, 1009, 1011, 1012, 1013, 3001, 3008, 4000, 4408, 4429, 4500]
  ) {
    assertEquals(adviceAfter(code, ""), "come back", `${code}`);
  }
  for (const code of [1000, 1002, 1003, 1007, 1008, 1010, 3000, 3003, 4400, 4401, 4403, 4499]) {
    assertEquals(adviceAfter(code, ""), "stay away", `${code}`);
  }
});

Deno.test("adviceAfter() tells the reasons of a code apart", () => {
  assertEquals(adviceAfter(1008, "Rate limit exceeded"), "back off");
  assertEquals(adviceAfter(1008, "Too many events waiting"), "back off");
  assertEquals(adviceAfter(1008, "Authentication failed"), "stay away");
  assertEquals(adviceAfter(1012, "Rate limit exceeded"), "come back");
});

Deno.test("Closes holds what may stand in a Close frame, and no reason twice", () => {
  const kinds = Object.values(Closes);
  for (const { code, reason } of kinds) {
    assert(isCloseCode(code) && new TextEncoder().encode(reason).length <= 123);
  }
  assertEquals(new Set(kinds.map(({ code, reason }) => `${code} ${reason}`)).size, kinds.length);
});

Deno.test("closeOf() gives what goes over the wire, and no more", () => {
  assertEquals(closeOf(Closes.slowConsumer), { code: 1013, reason: "slow consumer" });
});
