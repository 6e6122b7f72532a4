import { assert, assertEquals } from "@std/assert";
import { mayReconnect, namedCloseCodes, unauthorized } from "../../client/close_code.ts";
import { mayReconnect as mayPageReconnect } from "../../examples/chat/page/reconnect.js";
import { CloseCode } from "../../protocol/close_code.ts";

Deno.test("mayReconnect() knows each code of the protocol", () => {
  assertEquals(namedCloseCodes(), Object.values(CloseCode));
});

Deno.test("mayReconnect() agrees with the chat page on every code", () => {
  for (let code = 1000; code < 5000; code++) {
    assertEquals(mayReconnect(code), mayPageReconnect(code), `code ${code}`);
  }
});

Deno.test("mayReconnect() does so after restarts and losses, not after refusals", () => {
  for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4000, 4429]) assert(mayReconnect(code));
  for (const code of [1000, 1002, 1007, 1008, unauthorized, 4403]) assert(!mayReconnect(code));
});
