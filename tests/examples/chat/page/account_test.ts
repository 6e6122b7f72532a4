/** The user of a token on the chat page, and the text when the server refuses it. */

import { assertEquals } from "@std/assert";
import { describeRefusal, ownerOf } from "../../../../examples/chat/page/account.js";
import { tokenOf } from "../../../support/tokens.ts";

Deno.test("ownerOf() reads id and name, in any script", () => {
  assertEquals(ownerOf(tokenOf("u1", { name: "Zoë ☸" })), { userId: "u1", name: "Zoë ☸" });
  assertEquals(ownerOf(tokenOf("u1")), { userId: "u1", name: "u1" });
});

Deno.test("ownerOf() gives nothing for what is no token", () => {
  for (const text of ["", "x", "a.b.c", "a.bnVsbA.c", "a.e30.c", "ä.ö.ü"]) {
    assertEquals(ownerOf(text), undefined, text);
  }
});

Deno.test("describeRefusal() tells a wrong token from one that expired", () => {
  assertEquals(
    describeRefusal("Authentication failed"),
    "The server does not accept this token.",
  );
  assertEquals(describeRefusal("token expired"), "Your token has expired: enter a new one.");
  assertEquals(
    describeRefusal("Too many failed attempts"),
    "Could not sign in: Too many failed attempts.",
  );
});
