/** An event on its way to one or many clients. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";

Deno.test("Outgoing.encoded() encodes once for each wire", () => {
  const outgoing = new Outgoing("tick", { at: 1 });
  const json = Symbol("json");
  let encoded = 0;
  const encode = () => ({ form: ++encoded });
  assertStrictEquals(outgoing.encoded(json, encode), outgoing.encoded(json, encode));
  outgoing.encoded(Symbol("other"), encode);
  assertEquals(encoded, 2);
});

Deno.test("Outgoing refuses reserved and empty names", () => {
  for (const event of ["error", "welcome", "connect", "disconnect", ""]) {
    assertThrows(() => new Outgoing(event, {}), TypeError, "Cannot ");
  }
});

Deno.test("hostile 98: Outgoing takes names of Object.prototype as ordinary names", () => {
  assertEquals(new Outgoing("__proto__", 1).event, "__proto__");
  assertEquals(new Outgoing("constructor", 1).event, "constructor");
});
