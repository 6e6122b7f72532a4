/** An event on its way to one or many clients. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { args } from "../../../../wire/args.ts";

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

Deno.test("Outgoing.text is the data for wires that carry JSON, written once", () => {
  const data = { at: 1, bytes: Uint8Array.of(1) };
  const outgoing = new Outgoing("tick", data);
  assertEquals(outgoing.text, '{"at":1,"bytes":{"$base64":"AQ=="}}');
  assertStrictEquals(outgoing.data, data);
  assertEquals(new Outgoing("tick", undefined).text, "");
  assertEquals(new Outgoing("tick", args(1, 2)).text, "args[1,2]");
});

Deno.test("Outgoing.ofText() reads the data where somebody asks for it, and once", () => {
  const place = { room: "deck", seq: 1, epoch: "e" };
  const outgoing = Outgoing.ofText("tick", '{"bytes":{"$base64":"AQ=="}}', place);
  assertEquals(outgoing.data, { bytes: Uint8Array.of(1) });
  assertStrictEquals(outgoing.data, outgoing.data);
  assertEquals([outgoing.text, outgoing.place], ['{"bytes":{"$base64":"AQ=="}}', place]);
  assertEquals(Outgoing.ofText("tick", "", place).data, undefined);
  assertThrows(() => Outgoing.ofText("welcome", "1", place), TypeError, "reserved");
});

Deno.test("hostile 223: Outgoing refuses data that JSON cannot carry, whoever it is for", () => {
  assertThrows(
    () => new Outgoing("tick", { list: [new Set()] }),
    TypeError,
    "data.list[0] is a Set",
  );
});
