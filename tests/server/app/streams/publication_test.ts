/** Messages of a room's stream, between the history and the members. */

import { assertEquals, assertThrows } from "@std/assert";
import { makePublication, toMessage } from "../../../../server/app/streams/publication.ts";
import { args } from "../../../../wire/args.ts";

Deno.test("toMessage() writes data as text, whatever it is", () => {
  const cases: [data: unknown, text: string][] = [
    [{ text: "hi", none: undefined }, '{"text":"hi"}'],
    [9, "9"],
    [null, "null"],
    [undefined, ""],
    [args(1, 2), "args[1,2]"],
    [[Uint8Array.of(1)], '[{"$base64":"AQ=="}]'],
  ];
  for (const [data, text] of cases) {
    assertEquals(toMessage("note", data), { event: "note", data: text });
  }
});

Deno.test("toMessage() refuses what JSON cannot tell, and reserved names", () => {
  for (const data of [{ big: 1n }, () => {}, new Map()]) {
    assertThrows(() => toMessage("note", data), TypeError, "Cannot send data");
  }
  for (const event of ["", "error", "welcome"]) {
    assertThrows(() => toMessage(event, {}), TypeError, "Cannot ");
  }
});

Deno.test("makePublication() puts the number beside the data, which it does not touch", () => {
  const data = '{"text":"hi","seq":99,"epoch":"mine"}';
  const { position, outgoing } = makePublication("deck", "e", { seq: 3, event: "note", data });
  assertEquals(position, { seq: 3, epoch: "e" });
  assertEquals(outgoing.event, "note");
  assertEquals(outgoing.data, { text: "hi", seq: 99, epoch: "mine" });
  assertEquals(outgoing.place, { room: "deck", seq: 3, epoch: "e" });
});

Deno.test("hostile 99: makePublication() changes no prototype", () => {
  const data = '{"__proto__":{"admin":true},"constructor":1}';
  const { outgoing } = makePublication("deck", "e", { seq: 1, event: "note", data });
  assertThrows(() => outgoing.data, SyntaxError, "__proto__");
});
