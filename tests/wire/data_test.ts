/** The data of events, as text for messages and histories. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Args, args } from "../../wire/args.ts";
import { checkData, dataFields, decodeData, encodeChecked, encodeData } from "../../wire/data.ts";
import { anyData, isSame } from "../support/any_data.ts";

Deno.test("encodeData() writes JSON, nothing for undefined, and several arguments with a mark", () => {
  assertEquals(encodeData({ a: 1 }), '{"a":1}');
  assertEquals(encodeData(null), "null");
  assertEquals(encodeData([1, 2]), "[1,2]");
  assertEquals(encodeData(undefined), "");
  assertEquals(encodeData(args(1, 2)), "args[1,2]");
  assertEquals(encodeData(Uint8Array.of(1)), '{"$base64":"AQ=="}');
});

Deno.test("decodeData() reads what encodeData() writes, whatever it is", () => {
  fc.assert(fc.property(anyData, (data) => {
    assert(isSame(decodeData(encodeData(data)), data));
  }));
});

Deno.test("checkData() copies only what must be changed, and keeps several arguments apart", () => {
  const data = { a: [1] };
  assert(checkData(data) === data);
  const several = checkData(args(Uint8Array.of(1), 2));
  assert(several instanceof Args);
  assertEquals(encodeChecked(several), 'args[{"$base64":"AQ=="},2]');
  assertThrows(() => checkData(args(1, new Map())), TypeError, "args[1] is a Map");
  const shortened = new Args();
  shortened.push(1);
  assertEquals(decodeData(encodeData(shortened)), 1);
});

Deno.test("decodeData() refuses what is no such text", () => {
  for (const text of ["{", "args", "args{}x", "nothing", '{"$base64":1}']) {
    assertThrows(() => decodeData(text), SyntaxError, undefined, text);
  }
});

Deno.test("dataFields() gives the fields of a message", () => {
  assertEquals(dataFields(""), "");
  assertEquals(dataFields("null"), ',"data":null');
  assertEquals(dataFields("args[1,2]"), ',"args":[1,2]');
});
