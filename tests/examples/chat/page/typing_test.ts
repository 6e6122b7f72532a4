/** How the chat page words who is typing. */

import { assertEquals } from "@std/assert";
import { describeTypists, TypingSignal } from "../../../../examples/chat/page/typing.js";

Deno.test("describeTypists() names up to two", () => {
  assertEquals(describeTypists([]), "");
  assertEquals(describeTypists(["Ada"]), "Ada is typing…");
  assertEquals(describeTypists(["Ada", "Grace"]), "Ada and Grace are typing…");
  assertEquals(describeTypists(["Ada", "Grace", "Alan"]), "Several people are typing…");
});

Deno.test("TypingSignal speaks once per while, and at once after a message was sent", () => {
  let said = 0;
  const signal = new TypingSignal(() => said++);
  signal.typed();
  signal.typed();
  assertEquals(said, 1);
  signal.sent();
  signal.typed();
  assertEquals(said, 2);
});
